import { type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, startProcess } from '../build/demo/commands.ts';
import { expect, test } from './testing/bootstrap.ts';
import { runToFailure } from './testing/failures.ts';
import { damageFile, expectIdentical, makeSmallBuilds } from './testing/trees.ts';
import { waitForPatch } from './testing/wait.ts';

let folder: string;
let builds: { readonly old: string; readonly new: string };

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-player-cli-'));
  builds = await makeSmallBuilds(folder);
});
test.afterAll(async () => await rm(folder, { recursive: true, force: true, maxRetries: 5 }));

test('a game is installed, updated by patch, verified, repaired and removed from any folder by command line', async ({
  stage,
  player,
}) => {
  const gameId = 'night-ferry';
  const directory = join(folder, 'elsewhere', gameId);
  const gantry = async (...args: string[]) => await runCommand('gantry', args, stage.publisher);
  await gantry('push', builds.old, `${gameId}/linux:beta`, '--label', '1.0');
  await gantry('game', 'set', gameId, '--title', 'Night Ferry', '--access', 'free');

  await test.step('install says what it downloaded, and the tree is byte-identical', async () => {
    const installed = await player.run('install', gameId, '--channel', 'beta', '--dir', directory);
    expect(installed).toMatchObject({
      gameId,
      version: '1.0',
      channel: 'beta',
      folder: directory,
      route: 'chunks',
    });
    expect(installed['downloadedBytes']).toBeGreaterThan(1_000_000);
    await expectIdentical(directory, builds.old);
  });
  await test.step('update takes the patch, and the tree is byte-identical', async () => {
    const pushed = await gantry('push', builds.new, `${gameId}/linux:beta`, '--label', '1.1');
    await waitForPatch(stage, gameId, Number(pushed['buildId']));
    const updated = await player.run('update', gameId);
    expect(updated).toMatchObject({ gameId, version: '1.1', route: 'patch', buildId: pushed['buildId'] });
    expect(Number(updated['downloadedBytes'])).toBeLessThan(Number(updated['fullBytes']) / 5);
    await expectIdentical(directory, builds.new);
  });
  await test.step('verify finds nothing', async () => {
    expect(await player.run('verify', gameId)).toMatchObject({ gameId, damage: 0 });
  });
  await test.step('verify names planted damage, with an exit code for it; repair fetches little and mends it', async () => {
    await damageFile(join(directory, 'data', 'world.pak'), 1_000_000, 16);
    await rm(join(directory, 'audio', 'theme.ogg'));
    const failed = await player.run('verify', gameId).catch((error: unknown) => error);
    expect(failed).toMatchObject({ exitCode: 6 });
    expect(String(failed)).toContain('data/world.pak');
    expect(String(failed)).toContain('audio/theme.ogg');
    const repaired = await player.run('repair', gameId);
    expect(Number(repaired['downloadedBytes'])).toBeLessThan(Number(repaired['fullBytes']));
    await expectIdentical(directory, builds.new);
  });
  await test.step('list shows it as installed, and after uninstall no longer', async () => {
    const { games } = (await player.run('list', '--installed')) as { games?: { gameId: string }[] };
    expect(games?.map((game) => game.gameId)).toEqual([gameId]);
    expect(await player.run('uninstall', gameId)).toMatchObject({ gameId, uninstalled: true });
    expect(await player.run('list', '--installed')).toEqual({ games: [] });
  });
});

test('killed in the middle of an install, the next one goes on and ends byte-identical', async ({
  stage,
  player,
}) => {
  const gameId = 'long-haul';
  const directory = join(folder, gameId);
  await runCommand(
    'gantry',
    ['push', builds.old, `${gameId}/linux:stable`, '--label', '1.0'],
    stage.publisher,
  );
  await runCommand('gantry', ['game', 'set', gameId, '--access', 'free'], stage.publisher);

  // Each run lives a little longer, so that the kills fall on planning, on the download and on the commit.
  for (const lifeMs of [900, 1400, 1900, 2400]) {
    const child = startProcess(
      'gantry-player',
      ['install', gameId, '--dir', directory, '--json'],
      player.options,
    );
    child.stdin?.end();
    child.stdout?.resume();
    child.stderr?.resume();
    await endAfter(child, lifeMs);
  }
  await player.run('install', gameId, '--dir', directory).catch(async (error: unknown) => {
    // A run that was quick enough to end has installed it: then there is nothing left to do but to agree.
    expect(String(error)).not.toContain('LAUNCHER_FAULT');
    throw error;
  });
  await expectIdentical(directory, builds.old);
  expect(await player.run('verify', gameId)).toMatchObject({ damage: 0 });
});

/** Every connection fails as in a machine without a network, and the calendar is off by some years. */
function offlineAfter(years: number): string {
  const shim = `
    import net from 'node:net';
    net.Socket.prototype.connect = function () {
      const error = Object.assign(new Error('connect ENETUNREACH'), { code: 'ENETUNREACH', syscall: 'connect' });
      process.nextTick(() => this.destroy(error));
      return this;
    };
    const System = Date;
    const offMs = ${years} * 365 * 86_400_000;
    globalThis.Date = class extends System {
      constructor(...given) { given.length > 0 ? super(...given) : super(System.now() + offMs); }
      static now() { return System.now() + offMs; }
    };`;
  return `--import "data:text/javascript,${encodeURIComponent(shim)}"`;
}

test('an installed game starts without a network and with a wrong clock, and what needs the network says so', async ({
  stage,
  player,
}) => {
  const gameId = 'far-shore';
  const build = join(folder, gameId);
  await mkdir(build);
  await writeFile(join(build, 'far-shore.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  await runCommand('gantry', ['push', build, `${gameId}/linux:stable`, '--label', '1.0'], stage.publisher);
  await runCommand('gantry', ['game', 'set', gameId, '--access', 'free'], stage.publisher);
  await player.run('install', gameId);

  for (const years of [0, 10, -10]) {
    const environment = { ...player.options.environment, NODE_OPTIONS: offlineAfter(years) };
    const options = { ...player.options, environment };
    const played = await runCommand('gantry-player', ['play', gameId], options);
    expect.soft(played, `${years} years`).toMatchObject({ gameId, exitCode: 0, attested: false });
    expect.soft(await runCommand('gantry-player', ['verify', gameId], options)).toMatchObject({ damage: 0 });
    const refused = await runToFailure('gantry-player', ['update', gameId], options);
    expect.soft(refused).toMatchObject({ exitCode: 4, code: 'SERVICE_UNREACHABLE' });
  }
});

/** `kill -9` after some time, unless it has ended by then. */
async function endAfter(child: ChildProcess, lifeMs: number): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const timer = setTimeout(() => child.kill('SIGKILL'), lifeMs);
  await ended;
  clearTimeout(timer);
}

test('what cannot be done is refused with a code, an exit code and a next step', async ({
  player,
  stage,
}) => {
  const stranger = { ...player.options, home: join(folder, 'stranger') };
  await mkdir(stranger.home, { recursive: true });
  const unreachable = ['--server', 'http://127.0.0.1:9'];
  const cases = [
    { args: ['install', 'no-such-game'], options: player.options, exitCode: 7 },
    { args: ['update', 'no-such-game'], options: player.options, exitCode: 7 },
    { args: ['list', '--server', stage.url], options: stranger, exitCode: 3 },
    {
      args: ['login', ...unreachable, '--email', 'ada@example.com', '--password-stdin'],
      options: { ...stranger, input: 'a password of no use' },
      exitCode: 4,
    },
    {
      args: ['login', '--server', stage.url, '--email', player.email, '--password-stdin'],
      options: { ...stranger, input: 'not the password' },
      exitCode: 3,
    },
  ];
  for (const { args, options, exitCode } of cases) {
    const failure = await runToFailure('gantry-player', args, options);
    expect.soft(failure, args.join(' ')).toMatchObject({ exitCode });
    expect.soft(failure.code, args.join(' ')).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
    expect.soft(failure.next, args.join(' ')).not.toBe('');
  }
});
