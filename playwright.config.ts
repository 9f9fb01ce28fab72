import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** What set-up found (`CHROMIUM_PATH`), else the system's; without either Playwright looks for its own. */
const systemChromium = '/usr/bin/chromium';
const executablePath =
  process.env['CHROMIUM_PATH'] ?? (existsSync(systemChromium) ? systemChromium : undefined);

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.test.ts',
  // The gallery stands beside it, because this folder is emptied at every start.
  outputDir: 'test-results/journeys',
  // Each worker runs a service with its Postgres; a third would only wait for the others on a small machine.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // Generous: these bound a hang, and a busy machine is not one.
  timeout: 600_000,
  expect: { timeout: 45_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    actionTimeout: 30_000,
    navigationTimeout: 45_000,
    colorScheme: 'dark',
    contextOptions: { reducedMotion: 'reduce' },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    video: 'off',
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      // Chromium's sandbox refuses to run as root, as in containers; everyone else keeps it.
      chromiumSandbox: process.getuid?.() !== 0,
    },
  },
  projects: [
    { name: 'browser', testIgnore: 'electron/**' },
    { name: 'electron', testMatch: 'electron/**/*.test.ts' },
  ],
});
