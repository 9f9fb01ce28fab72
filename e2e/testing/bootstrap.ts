import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Page, test as base } from '@playwright/test';
import { type RunningProgram, startProgram } from '../../build/demo/commands.ts';
import { type Stage, startStage } from '../../build/demo/stage.ts';
import { makePlayer, type Player } from './player.ts';
import { publishShelf, type Shelf } from './shelf.ts';

export { expect } from '@playwright/test';

interface WorkerParts {
  /** A running service with a signed-in publisher; nothing is published. */
  readonly stage: Stage;
  /** The sample games, first builds, published to the stage. */
  readonly shelf: Shelf;
}

interface TestParts {
  /** Somebody without an account, in a home of their own. */
  readonly visitor: Player;
  /** The same with an account, signed in. */
  readonly player: Player;
  /** Open the launcher of a player in this test's page. */
  readonly openLauncher: (player: Player, options?: { readonly server?: string }) => Promise<RunningProgram>;
  /** The service's remarks, kept when a test fails. */
  readonly evidence: void;
}

/** Tests of the whole product: a real service, the real command lines, the launcher in a real browser. */
export const test = base.extend<TestParts, WorkerParts>({
  stage: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads what a fixture needs from this pattern.
    async ({}, provide) => {
      const folder = await mkdtemp(join(tmpdir(), 'gantry-e2e-'));
      const stage = await startStage({
        folder,
        port: 0,
        edgePort: 0,
        environment: { GANTRY_HEARTBEAT_SECONDS: '1' },
      });
      await provide(stage);
      await stage.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  shelf: [
    async ({ stage }, provide) => {
      await provide(await publishShelf(stage));
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  visitor: async ({ stage }, provide) => {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-player-'));
    await provide(await makePlayer(stage.url, folder));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  },
  player: async ({ visitor }, provide) => {
    await visitor.register();
    await provide(visitor);
  },
  openLauncher: async ({ page, stage }, provide, testInfo) => {
    const running: RunningProgram[] = [];
    await provide(async (player, { server = stage.url } = {}) => {
      const launcher = await startProgram(
        'browser-launcher',
        ['--server', server, '--port', '0'],
        player.options,
      );
      running.push(launcher);
      await page.goto(String(launcher.ready['url']));
      return launcher;
    });
    for (const launcher of running) {
      await launcher.stop();
      if (testInfo.status !== testInfo.expectedStatus) {
        await testInfo.attach('launcher.log', { body: launcher.log(), contentType: 'text/plain' });
      }
    }
  },
  page: async ({ page }, provide, testInfo) => {
    const lines = listenToConsole(page);
    await provide(page);
    if (testInfo.status === testInfo.expectedStatus) return;
    await testInfo.attach('console.log', { body: lines.join('\n'), contentType: 'text/plain' });
  },
  evidence: [
    async ({ stage }, provide, testInfo) => {
      await provide();
      if (testInfo.status === testInfo.expectedStatus) return;
      await testInfo.attach('service.log', { body: stage.log(), contentType: 'text/plain' });
    },
    { auto: true },
  ],
});

function listenToConsole(page: Page): string[] {
  const lines: string[] = [];
  page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => lines.push(`page error: ${error.stack ?? error.message}`));
  return lines;
}
