/**
 * Look at the launcher: builds the gallery, serves it under the product's content security policy, takes a picture
 * of each screen in each scenario and runs axe on it.
 * `node renderer/testing/look.ts [--out DIR] [--only TEXT,TEXT] [--theme dark] [--wide] [--no-build] [--no-axe]`
 */
import { mkdir, readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Page } from '@playwright/test';
import { build } from 'vite';

const here = import.meta.dirname;
const galleryFolder = path.join(here, '../../out/gallery');

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: path.join(here, '../../out/pictures') },
    only: { type: 'string', default: '' },
    wide: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    'no-axe': { type: 'boolean', default: false },
    theme: { type: 'string', default: 'dark,light' },
  },
});

interface View {
  readonly name: string;
  readonly scenario: string;
  readonly hash: string;
  /** What a player does before the picture is taken. */
  readonly act?: (page: Page) => Promise<unknown>;
  readonly width?: number;
  readonly text?: string;
}

const views: readonly View[] = [
  { name: 'sign-in', scenario: 'signed-out', hash: '' },
  { name: 'sign-in-ended', scenario: 'session-ended', hash: '' },
  {
    name: 'register-problems',
    scenario: 'signed-out',
    hash: '',
    act: async (page) => {
      await page.getByRole('button', { name: 'Create an account' }).click();
      await page.getByRole('button', { name: 'Create account', exact: true }).click();
    },
  },
  { name: 'first-start', scenario: 'empty', hash: '#/home' },
  { name: 'home-loading', scenario: 'loading', hash: '#/home' },
  { name: 'home', scenario: 'library', hash: '#/home' },
  { name: 'home-foot', scenario: 'library', hash: '#/home', act: (page) => scroll(page, 620) },
  { name: 'home-downloading', scenario: 'downloading', hash: '#/home' },
  { name: 'home-offline', scenario: 'offline', hash: '#/home' },
  { name: 'home-playing', scenario: 'playing', hash: '#/home' },
  { name: 'library', scenario: 'library', hash: '#/library' },
  {
    name: 'library-list',
    scenario: 'downloading',
    hash: '#/library',
    act: (page) => page.locator('label', { hasText: 'List' }).click(),
  },
  { name: 'library-2000', scenario: 'library-2000', hash: '#/library', act: (page) => scroll(page, 20_000) },
  {
    name: 'library-nothing',
    scenario: 'library',
    hash: '#/library',
    act: (page) => page.getByRole('searchbox').fill('zzz'),
  },
  {
    name: 'library-menu',
    scenario: 'library',
    hash: '#/library',
    act: (page) =>
      page
        .getByRole('link', { name: /Stillwater/ })
        .last()
        .click({ button: 'right' }),
  },
  { name: 'library-failed', scenario: 'library-failed', hash: '#/library' },
  { name: 'game-update', scenario: 'library', hash: '#/game/skylark' },
  { name: 'game-foot', scenario: 'library', hash: '#/game/skylark', act: (page) => scroll(page, 600) },
  { name: 'game-install', scenario: 'library', hash: '#/game/overgrown' },
  { name: 'game-play', scenario: 'library', hash: '#/game/orrery' },
  { name: 'game-playing', scenario: 'playing', hash: '#/game/stillwater' },
  { name: 'game-repair', scenario: 'library', hash: '#/game/glasshaven' },
  { name: 'game-unavailable', scenario: 'library', hash: '#/game/halflight' },
  { name: 'game-downloading', scenario: 'downloading', hash: '#/game/skylark' },
  { name: 'game-failed', scenario: 'failed', hash: '#/game/skylark' },
  { name: 'game-quests', scenario: 'quests-ready', hash: '#/game/orrery/quests' },
  {
    name: 'game-settings',
    scenario: 'library',
    hash: '#/game/skylark/settings',
    act: (page) => scroll(page, 900),
  },
  {
    name: 'game-uninstall',
    scenario: 'library',
    hash: '#/game/skylark/settings',
    act: (page) => page.getByRole('button', { name: 'Uninstall' }).click(),
  },
  {
    name: 'game-move',
    scenario: 'library',
    hash: '#/game/skylark/settings',
    act: async (page) => {
      await page.getByRole('button', { name: 'Move…' }).click();
      await page.getByRole('radio', { name: /archive/ }).check();
    },
  },
  {
    name: 'game-moving',
    scenario: 'moving',
    hash: '#/game/skylark/settings',
    act: (page) => scroll(page, 900),
  },
  { name: 'game-moving-top', scenario: 'moving', hash: '#/game/skylark/settings' },
  {
    name: 'game-roll-back',
    scenario: 'library',
    hash: '#/game/skylark/settings',
    act: (page) => page.getByRole('button', { name: 'Go back to 0.9.2…' }).click(),
  },
  {
    name: 'game-adopt',
    scenario: 'library',
    hash: '#/game/overgrown/settings',
    act: async (page) => {
      await page.getByRole('button', { name: /^Use a copy/ }).click();
      await page
        .getByRole('textbox', { name: 'Folder of the copy' })
        .fill('/media/robin/old drive/Overgrown');
      await page.getByRole('button', { name: 'Look at the copy' }).click();
    },
  },
  {
    name: 'game-no-files',
    scenario: 'library',
    hash: '#/game/overgrown/settings',
    act: (page) => scroll(page, 900),
  },
  {
    name: 'game-lightbox',
    scenario: 'library',
    hash: '#/game/skylark',
    act: (page) => page.getByRole('button', { name: 'Screenshot 1 of 4' }).click(),
  },
  { name: 'game-missing', scenario: 'library', hash: '#/game/nothing-here' },
  { name: 'downloads', scenario: 'downloading', hash: '#/downloads' },
  { name: 'downloads-foot', scenario: 'downloading', hash: '#/downloads', act: (page) => scroll(page, 900) },
  { name: 'downloads-patching', scenario: 'patching', hash: '#/downloads' },
  { name: 'downloads-paused', scenario: 'paused', hash: '#/downloads' },
  { name: 'downloads-failed', scenario: 'failed', hash: '#/downloads' },
  { name: 'downloads-waiting', scenario: 'waiting', hash: '#/downloads' },
  {
    name: 'downloads-waiting-foot',
    scenario: 'waiting',
    hash: '#/downloads',
    act: (page) => scroll(page, 900),
  },
  {
    name: 'settings-hours',
    scenario: 'library',
    hash: '#/settings/downloads',
    act: (page) => page.getByRole('switch', { name: 'Update hours' }).click(),
  },
  { name: 'game-waiting', scenario: 'waiting', hash: '#/game/skylark' },
  { name: 'downloads-empty', scenario: 'library', hash: '#/downloads' },
  { name: 'quests', scenario: 'quests-ready', hash: '#/quests' },
  { name: 'quests-offline', scenario: 'offline', hash: '#/quests' },
  { name: 'quests-empty', scenario: 'empty', hash: '#/quests' },
  {
    name: 'quests-receipt',
    scenario: 'quests-ready',
    hash: '#/quests',
    act: (page) => page.getByRole('button', { name: /Claim the reward of Music/ }).click(),
  },
  ...['appearance', 'installs', 'downloads', 'updates', 'account', 'privacy', 'diagnostics', 'about'].map(
    (section): View => ({
      name: `settings-${section}`,
      scenario: 'launcher-update',
      hash: `#/settings/${section}`,
    }),
  ),
  {
    name: 'settings-select',
    scenario: 'library',
    hash: '#/settings/downloads',
    act: (page) => page.getByRole('combobox').click(),
  },
  {
    name: 'settings-bundle',
    scenario: 'library',
    hash: '#/settings/diagnostics',
    act: (page) => page.getByRole('button', { name: 'Make a bundle' }).click(),
  },
  {
    name: 'quick-switch',
    scenario: 'library',
    hash: '#/home',
    act: (page) => page.keyboard.press('Control+k'),
  },
  {
    name: 'toast',
    scenario: 'library',
    hash: '#/home',
    act: (page) =>
      page.evaluate(() => {
        const { fake } = window as unknown as { fake: { notice: (notice: object) => void } };
        fake.notice({
          kind: 'success',
          title: 'Skylark 1.1.0 is ready',
          text: '1.1 GB saved by patching.',
          gameId: 'skylark',
        });
      }),
  },
  {
    name: 'toast-failure',
    scenario: 'failed',
    hash: '#/game/skylark',
    act: (page) =>
      page.evaluate(() => {
        const { fake } = window as unknown as { fake: { notice: (notice: object) => void } };
        fake.notice({
          kind: 'failure',
          title: 'Skylark',
          text: 'The download server cannot be reached.',
          gameId: 'skylark',
        });
      }),
  },
  {
    name: 'toast-launch-failed',
    scenario: 'library',
    hash: '#/game/orrery',
    act: async (page) => {
      await page.evaluate(() => {
        const { fake } = window as unknown as {
          fake: { answer: (name: string, handler: () => unknown) => void };
        };
        fake.answer('game:launch', () => ({
          ok: false,
          error: {
            code: 'PLAY_FILE_CHANGED',
            message: 'bin/orrery is not what its publisher signed.',
            next: 'Repair the game; only what is wrong is downloaded.',
            details: { gameId: 'orrery' },
            action: 'repair',
            cause:
              'A file of the game is not what its publisher signed: a disk, another program or an antivirus changed it.',
            findings: [
              'ClamAV is running: let it leave the game’s folder alone, or look into its quarantine.',
            ],
            supportCode: 'GNT-K7QM-4T2X',
          },
        }));
      });
      await page.getByRole('button', { name: 'Play' }).first().click();
    },
  },
  { name: 'home-zoomed', scenario: 'downloading', hash: '#/home', width: 640 },
  { name: 'library-zoomed', scenario: 'downloading', hash: '#/library', width: 640 },
  { name: 'game-zoomed', scenario: 'downloading', hash: '#/game/skylark', width: 640 },
  { name: 'downloads-zoomed', scenario: 'downloading', hash: '#/downloads', width: 640 },
  { name: 'quests-zoomed', scenario: 'quests-ready', hash: '#/quests', width: 640 },
  { name: 'settings-zoomed', scenario: 'library', hash: '#/settings/installs', width: 640 },
  { name: 'home-large-text', scenario: 'downloading', hash: '#/home', text: '1.5' },
  { name: 'downloads-large-text', scenario: 'downloading', hash: '#/downloads', text: '1.5' },
];

const scroll = (page: Page, top: number) =>
  page.evaluate((to) => document.querySelector('main')?.scrollTo({ top: to }), top);

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** As strict as the hosts: no inline script, no inline style, no address but our own. `data:` is for stand-in art. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

async function answer(pathname: string, response: ServerResponse): Promise<void> {
  const file = path.join(galleryFolder, path.normalize(pathname));
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null) {
    response.writeHead(404).end();
    return;
  }
  const type = types[path.extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(bytes);
}

function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(new URL(request.url ?? '/', 'http://localhost').pathname, response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

interface Look {
  readonly view: View;
  readonly theme: 'dark' | 'light';
  readonly width: number;
  readonly height: number;
}

/** @returns What axe and the console had to say, one line each. */
async function look(
  browser: Browser,
  origin: string,
  { view, theme, width, height }: Look,
): Promise<string[]> {
  const label = `${view.name} ${theme} ${width}`;
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${label}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`${label}: ${error.message}`));
  const query = new URLSearchParams({ scenario: view.scenario, theme, art: '/art', text: view.text ?? '1' });
  await page.goto(`${origin}/testing/gallery.html?${query}${view.hash}`);
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(250);
  await view.act?.(page);
  await page.waitForTimeout(250);
  await page.screenshot({ path: path.join(options.out, `${view.name}-${theme}-${width}.png`) });
  const { violations } = options['no-axe'] ? { violations: [] } : await new AxeBuilder({ page }).analyze();
  for (const violation of violations) {
    problems.push(
      `${label}: ${violation.id}: ${violation.nodes
        .map((node) => node.target.join(' '))
        .slice(0, 3)
        .join(' | ')}`,
    );
  }
  await context.close();
  return problems;
}

if (!options['no-build'])
  await build({ configFile: path.join(here, 'vite.gallery.config.ts'), logLevel: 'warn' });
await mkdir(options.out, { recursive: true });
const server = await serve();
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('The server has no port.');
const browser = await chromium.launch({
  chromiumSandbox: false,
  ...(process.env['CHROMIUM_PATH'] === undefined ? {} : { executablePath: process.env['CHROMIUM_PATH'] }),
});
const wanted = options.only.split(',');
const problems: string[] = [];
for (const view of views.filter(({ name }) => wanted.some((part) => name.includes(part)))) {
  for (const theme of (['dark', 'light'] as const).filter((known) => options.theme.includes(known))) {
    const size = options.wide ? { width: 1920, height: 1080 } : { width: view.width ?? 1280, height: 800 };
    problems.push(...(await look(browser, `http://127.0.0.1:${address.port}`, { view, theme, ...size })));
  }
}
await browser.close();
server.close();
for (const problem of problems) console.log(problem);
console.log(`${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
