import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manifestOf, writeTree } from '../testing/fake-patcher.ts';
import { type ExecutableRunOptions, gameEnvironment, startExecutableRun } from './executable-run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

function scriptTree(script: string) {
  return {
    files: { 'bin/game.sh': `#!/bin/sh\n${script}\n`, 'data/readme': 'data' },
    launch: {
      name: 'Play',
      kind: 'executable' as const,
      path: 'bin/game.sh',
      arguments: ['--from-manifest'],
      workingDirectory: 'data',
    },
  };
}

async function start(script: string, change: Partial<ExecutableRunOptions> = {}) {
  const tree = scriptTree(script);
  await writeTree(folder, tree);
  return startExecutableRun({
    gameId: 'orrery',
    folder,
    manifest: manifestOf(tree),
    target: tree.launch,
    launchArguments: ['--mine', 'two words; $(touch hacked)'],
    reports: {
      session: () => ({ playSessionId: 'p-1', playerName: 'Ada', buildId: 7 }),
      onEvent: () => {},
    },
    gameToken: 'game-token',
    environment: {
      PATH: process.env['PATH'],
      GANTRY_PASSWORD: 'hunter2',
      NODE_OPTIONS: '--inspect',
      LANG: 'C',
    },
    ...change,
  });
}

describe.skipIf(process.platform === 'win32')('a game’s program', () => {
  test('runs in its folder with the manifest’s arguments, the player’s own, and its session', async () => {
    const run = await start('echo "$PWD|$*|$GANTRY_SESSION_TOKEN|$GANTRY_PASSWORD" > out; exit 3');
    expect(await run.ended).toEqual({ exitCode: 3 });
    const [cwd, args, token, password] = (await readFile(path.join(folder, 'data', 'out'), 'utf8'))
      .trim()
      .split('|');
    expect(cwd).toBe(path.join(folder, 'data'));
    expect(args).toBe('--from-manifest --mine two words; $(touch hacked)');
    expect(token).toBe('game-token');
    expect(password).toBe('');
  });

  test('reads its session from the local endpoint, which nobody else can', async () => {
    const run = await start('echo "$GANTRY_ENDPOINT" > endpoint; while [ ! -e stop ]; do sleep 0.05; done');
    const file = path.join(folder, 'data', 'endpoint');
    const endpoint = await readWhenWritten(file);
    const authorised = await fetch(`${endpoint}/session`, {
      headers: { authorization: 'Bearer game-token' },
    });
    expect(await authorised.json()).toMatchObject({ playerName: 'Ada' });
    expect((await fetch(`${endpoint}/session`)).status).toBe(403);
    const headers = { authorization: 'Bearer game-token', origin: 'http://evil.test' };
    expect((await fetch(`${endpoint}/session`, { headers })).status).toBe(403);
    await writeFile(path.join(folder, 'data', 'stop'), '');
    expect(await run.ended).toEqual({ exitCode: 0 });
  });

  test('is not started when it was changed since it was installed', async () => {
    const tree = scriptTree('exit 0');
    await writeTree(folder, scriptTree('exit 1'));
    const options = { manifest: manifestOf(tree), target: tree.launch, launchArguments: [], gameToken: null };
    const starting = startExecutableRun({
      ...options,
      gameId: 'orrery',
      folder,
      reports: { session: () => null, onEvent: () => {} },
      environment: {},
    });
    await expect(starting).rejects.toMatchObject({ code: 'PLAY_FILE_CHANGED' });
  });

  test('is ended when it is swapped between its check and its start', async () => {
    const evil = path.join(folder, 'evil');
    const ran = path.join(folder, 'evil-ran');
    const starting = start('exit 0', {
      beforeSpawn: async () => {
        await writeFile(evil, `#!/bin/sh\nsleep 1\ntouch ${ran}\n`);
        await chmod(evil, 0o755);
        await rename(evil, path.join(folder, 'bin', 'game.sh'));
      },
    });
    await expect(starting).rejects.toMatchObject({ code: 'PLAY_FILE_CHANGED' });
    await expect(readFile(ran)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is ended when it is swapped and swapped back', async () => {
    const game = () => path.join(folder, 'bin', 'game.sh');
    const starting = start('sleep 5', {
      beforeSpawn: async () => {
        await rename(game(), `${game()}.kept`);
        await rename(`${game()}.kept`, game());
      },
    });
    await expect(starting).rejects.toMatchObject({ code: 'PLAY_FILE_CHANGED' });
  });

  test('that is missing or may not run says so', async () => {
    const tree = scriptTree('exit 0');
    await writeTree(folder, tree);
    await chmod(path.join(folder, 'bin', 'game.sh'), 0o644);
    const options = {
      gameId: 'orrery',
      folder,
      manifest: manifestOf(tree),
      target: tree.launch,
      launchArguments: [],
      gameToken: null,
      reports: { session: () => null, onEvent: () => {} },
      environment: {},
    };
    await expect(startExecutableRun(options)).rejects.toMatchObject({ code: 'PLAY_START_FAILED' });
    await rm(path.join(folder, 'bin', 'game.sh'));
    await expect(startExecutableRun(options)).rejects.toMatchObject({ code: 'PLAY_FILE_MISSING' });
  });

  test('ends when it is told to', async () => {
    const run = await start('sleep 60');
    run.stop();
    expect(await run.ended).toEqual({ exitCode: null });
  });

  test('goes on when the launcher leaves it', async () => {
    const run = await start('sleep 0.3; touch survived');
    run.leave();
    expect(await run.ended).toEqual({ exitCode: null });
    await readWhenWritten(path.join(folder, 'data', 'survived'), true);
  });
});

test('a game sees nothing of the launcher’s own settings and secrets', () => {
  const given = {
    PATH: '/bin',
    GANTRY_PASSWORD: 'x',
    GANTRY_HOME: '/h',
    NODE_OPTIONS: '--inspect',
    ELECTRON_RUN_AS_NODE: '1',
    npm_config_registry: 'y',
  };
  expect(gameEnvironment(given, { token: 't', endpoint: 'e' })).toEqual({
    PATH: '/bin',
    GANTRY_SESSION_TOKEN: 't',
    GANTRY_ENDPOINT: 'e',
  });
});

async function readWhenWritten(file: string, mayBeEmpty = false): Promise<string> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null && (mayBeEmpty || text.endsWith('\n'))) return text.trim();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
