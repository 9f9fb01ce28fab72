import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';
import { runStep } from './step.mjs';

/** Where systems keep a Chromium or Chrome that Playwright can drive. */
const systemBrowsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * A browser for the end-to-end tests: Playwright's own where it is or can be downloaded, else the system's, else the
 * distribution's package when we may install it.
 * @returns the executable's path.
 */
export async function provideBrowser({ projectFolder, node }) {
  const own = findPlaywrightBrowser(projectFolder, node);
  if (own !== undefined) return own;
  const system = systemBrowsers.find((path) => existsSync(path));
  if (system !== undefined) return system;
  await runStep({
    title: 'Downloading a browser for the tests',
    command: node,
    args: [join(projectFolder, 'node_modules', 'playwright', 'cli.js'), 'install', 'chromium-headless-shell'],
    cwd: projectFolder,
    // Where downloads are not allowed the distribution's package is next; do not wait minutes to learn it.
    environment: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' },
  });
  return findPlaywrightBrowser(projectFolder, node) ?? (await installSystemBrowser());
}

function findPlaywrightBrowser(projectFolder, node) {
  const script =
    'const { chromium } = require("playwright"); process.stdout.write(chromium.executablePath())';
  const { status, stdout } = spawnSync(node, ['-e', script], { cwd: projectFolder, encoding: 'utf8' });
  return status === 0 && existsSync(stdout) ? stdout : undefined;
}

async function installSystemBrowser() {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await aptInstall({ title: 'Installing the system’s Chromium', packages: ['chromium'] });
    if (existsSync('/usr/bin/chromium')) return '/usr/bin/chromium';
  }
  throw new SetupError(
    'The end-to-end tests need a Chromium, and none could be downloaded or found.',
    'Install Chromium or Chrome (on Debian: sudo apt-get install chromium), then run the same command again.',
  );
}

/** @returns {Promise<boolean>} whether the packages are there now. */
export async function aptInstall({ title, packages }) {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const script = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${packages.join(' ')}`;
  const { ok } = await runStep({ title, command: 'sh', args: ['-c', script], cwd: '/', environment });
  return ok;
}
