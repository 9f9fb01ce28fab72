import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishSample } from '../build/demo/sample-library.ts';
import { startStage } from '../build/demo/stage.ts';
import { samples } from '../build/samples/generate-samples.ts';
import { expect, test } from './testing/bootstrap.ts';
import { LauncherPage } from './testing/launcher-page.ts';
import { makePlayer } from './testing/player.ts';
import { inspectScreen } from './testing/screen.ts';
import { expectIdentical } from './testing/trees.ts';

const gameId = 'stillwater';
const title = 'Stillwater';

test('an empty library says what comes next, and a service that goes away takes nothing with it @gallery', async ({
  openLauncher,
  page,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-offline-'));
  const [port, edgePort] = [await findFreePort(), await findFreePort()];
  const options = { folder: join(folder, 'stage'), port, edgePort };
  let stage = await startStage(options);
  try {
    const player = await makePlayer(stage.url, join(folder, 'machine'));
    await player.register();
    const launcher = new LauncherPage(page);
    await openLauncher(player, { server: stage.url });
    await launcher.request('settings:update', { theme: 'system' });

    await test.step('a first start has no games and says how they come', async () => {
      await expect(page.getByRole('heading', { name: 'The hangar is ready' })).toBeVisible();
      await inspectScreen(page, 'empty-library');
      await launcher.open('Downloads');
      await inspectScreen(page, 'downloads-empty');
      await launcher.open('Quests');
      await inspectScreen(page, 'quests-empty');
    });

    await test.step('a game that is published is found by looking again, and installed', async () => {
      const game = samples.find((each) => each.gameId === gameId);
      if (game === undefined) throw new Error('the sample is gone');
      const { publisher } = stage;
      const shelf = join(folder, 'shelf');
      await publishSample(game, {
        folder: shelf,
        server: stage.url,
        publisher,
        say: () => undefined,
        versions: [1],
      });
      await launcher.open('Home');
      await page.getByRole('button', { name: 'Look again' }).click();
      await launcher.openGame(title);
      await launcher.action('install', title).click();
      await expect(launcher.action('play', title)).toBeVisible();
      await expectIdentical(player.installFolder(gameId), join(shelf, gameId, 'web-1'));
    });

    await test.step('with the service stopped the library stays and the installed game can be played', async () => {
      await stage.stop();
      await launcher.openSettings('Account');
      await expect(page.getByText('The game service is not answering')).toBeVisible();
      await launcher.open('Library');
      await expect(launcher.main.getByRole('gridcell')).toHaveCount(1);
      await inspectScreen(page, 'offline-library');
      await page.reload();
      await launcher.openGame(title);
      await inspectScreen(page, 'offline-game');
      const opening = page.context().waitForEvent('page');
      await launcher.action('play', title).click();
      const game = await opening;
      await expect(game.locator('canvas')).toBeVisible();
      // A launcher that was reloaded no longer holds the tab it opened; the game leaves by itself.
      await page.reload();
      await launcher.action('stop', title).click();
      await expect.poll(() => game.isClosed()).toBe(true);
      await expect(launcher.action('play', title)).toBeVisible();
    });

    await test.step('when it comes back the launcher notices by itself', async () => {
      stage = await startStage(options);
      await expect(page.getByText(/The game service is not answering|You are offline/)).toBeHidden({
        timeout: 120_000,
      });
    });
  } finally {
    await stage.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** A port nobody listens on now: the service must come back on the one it had. */
async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port');
  return address.port;
}
