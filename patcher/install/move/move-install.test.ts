import { chmodSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../../testing/builds/game-on-cdn.ts';
import { runWithFault } from '../../testing/jobs/kill-loop.ts';
import { removeTree } from '../../testing/trees/remove-tree.ts';
import { evolveFakeBuild, type FakeNode, makeFakeBuild } from '../../testing/trees/tree-builder.ts';
import {
  discardStaging,
  installBuild,
  moveTo,
  readInstallState,
  recover,
  rollBack,
  updateBuild,
  verifyInstall,
} from '../install.ts';
import { acquireInstallLock } from '../state/install-lock.ts';
import type { InstallProgress } from '../install-progress.ts';
import { findStateFolder, stateFolderOf } from '../state/state-folder.ts';
import type { MoveOutcome } from './move-install.ts';

let shared: string;
let scratch: string;
let game: GameOnCdn;
let one: PublishedBuild;
let two: PublishedBuild;
let tiny: PublishedBuild;
let root: string;
let to: string;

const file = (text: string, mode = 0o644): FakeNode => ({ kind: 'file', bytes: Buffer.from(text), mode });

beforeAll(async () => {
  shared = await mkdtemp(path.join(tmpdir(), 'gantry-move-'));
  game = await GameOnCdn.start(shared);
  const first = makeFakeBuild({ seed: 3, packBytes: 400_000, assets: 8 });
  one = await game.publish(first, { preserve: ['data/saves/**'] });
  two = await game.publish(evolveFakeBuild(first, 4));
  tiny = await game.publish(
    new Map<string, FakeNode>([
      ['game', file('program', 0o755)],
      ['link', { kind: 'link', target: 'game' }],
      ['locked/inner', file('inner', 0o444)],
      ['locked', { kind: 'directory', mode: 0o555 }],
    ]),
  );
});
afterAll(async () => {
  await game.close();
  await removeTree(shared);
});
beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-move-'));
  root = path.join(scratch, 'old drive', 'game');
  to = path.join(scratch, 'new drive', 'games', 'game');
});
afterEach(() => removeTree(scratch));

function doneOf(outcome: MoveOutcome): Extract<MoveOutcome, { kind: 'done' }> {
  if (outcome.kind !== 'done') throw new Error('the move was cancelled');
  return outcome;
}

async function install(build = one): Promise<void> {
  await installBuild({ root, ports: game.ports, build: build.reference });
}

/** An install that is moved whole leaves nothing, not even the folder of its records. */
async function expectGone(folder: string): Promise<void> {
  expect(await readdir(path.dirname(folder))).toEqual([]);
}

describe.each([{ how: undefined }, { how: 'copy' as const }])('a move (how: $how)', ({ how }) => {
  test('takes the install with everything in its folder, and what is there goes on as an install', async () => {
    await install();
    await mkdir(path.join(root, 'data/saves'), { recursive: true });
    await writeFile(path.join(root, 'data/saves/slot 1'), 'level 9');
    await utimes(path.join(root, 'data/saves/slot 1'), 1_500_000_000, 1_500_000_000);
    await writeFile(path.join(root, 'data/a:mod?.pak'), 'a name no build could have');
    await symlink('/nowhere', path.join(root, 'shortcut'));
    const outcome = doneOf(await moveTo({ root, to, how }));
    expect(outcome).toMatchObject({ kind: 'done', how: how ?? 'rename', root: to, damaged: [], left: [] });
    await expectGone(root);
    expect(await compareTrees(one.root, to)).toEqual(
      ['data/a:mod?.pak', 'data/saves/slot 1', 'shortcut']
        .map((name) => `${name}: only in the second tree`)
        .sort(),
    );
    expect((await lstat(path.join(to, 'data/saves/slot 1'))).mtimeMs).toBe(1_500_000_000_000);
    expect((await verifyInstall({ root: to })).damage).toEqual([]);
    await updateBuild({ root: to, ports: game.ports, build: two.reference });
    expect((await readInstallState(to)).installed?.buildId).toBe(two.reference.buildId);
  });

  test('takes along what an update kept, so that the way back takes no request', async () => {
    await install();
    const job = { root, ports: game.ports, keepReplaced: true };
    await updateBuild({ ...job, build: two.reference });
    doneOf(await moveTo({ root, to, how }));
    await expectGone(root);
    expect((await readInstallState(to)).previous?.build.buildId).toBe(one.reference.buildId);
    const before = game.server.requests.length;
    await rollBack({ ...job, root: to });
    expect(game.server.requests.length).toBe(before);
    expect(await compareTrees(one.root, to)).toEqual([]);
  });

  test('said again after it was done says that it was', async () => {
    await install(tiny);
    await moveTo({ root, to, how });
    expect(doneOf(await moveTo({ root, to, how })).root).toBe(to);
    await expect(moveTo({ root, to: path.join(scratch, 'elsewhere') })).rejects.toMatchObject({
      code: 'INSTALL_ABSENT',
    });
  });

  test('goes into an empty folder, and takes a stopped update along', async () => {
    await install();
    const stop = new AbortController();
    // Silence before each pack's end: however slow this machine is, the update is not over before it is stopped.
    game.server.fault = ({ path: object, first, last }) =>
      object.startsWith('packs/')
        ? { kind: 'stall', afterBytes: Math.floor(((last - first) * 3) / 4) }
        : undefined;
    const update = { ports: game.ports, build: two.reference };
    let stopping: NodeJS.Timeout | undefined;
    const stopped = await updateBuild({
      ...update,
      root,
      signal: stop.signal,
      // What came until the silence is written by then.
      onProgress: ({ writtenBytes }) => {
        if (writtenBytes > 0) stopping ??= setTimeout(() => stop.abort(), 1000);
      },
    });
    game.server.fault = () => undefined;
    expect(stopped.kind).toBe('cancelled');
    await mkdir(to, { recursive: true });
    await moveTo({ root, to, how });
    expect(await compareTrees(one.root, to)).toEqual([]);
    const before = game.server.sentBytes;
    const outcome = await updateBuild({ ...update, root: to });
    const fresh = path.join(scratch, 'fresh');
    await installBuild({ root: fresh, ports: game.ports, build: one.reference });
    const whole = await updateBuild({ ...update, root: fresh });
    if (outcome.kind !== 'done' || whole.kind !== 'done') throw new Error('cancelled');
    expect(outcome.figures.downloadBytes).toBeLessThan(whole.figures.downloadBytes);
    expect(game.server.sentBytes - before).toBeGreaterThan(0);
    expect(await compareTrees(two.root, to)).toEqual([]);
  });

  test.each([
    ['a folder that holds something', () => scratch, 'INSTALL_TARGET_NOT_EMPTY'],
    ['itself', () => root, 'INSTALL_TARGET_INSIDE'],
    ['a folder inside itself', () => path.join(root, 'data', 'new'), 'INSTALL_TARGET_INSIDE'],
    ['its own records', () => path.join(stateFolderOf(root).folder, 'x'), 'INSTALL_TARGET_INSIDE'],
    ['a name Windows reserves', () => path.join(scratch, 'new', 'con'), 'INSTALL_TARGET_REFUSED'],
    ['a name that ends with a dot', () => path.join(scratch, 'game.'), 'INSTALL_TARGET_REFUSED'],
    ['a name of the launcher’s', () => path.join(scratch, '.other.gantry'), 'INSTALL_TARGET_REFUSED'],
    ['a file', () => path.join(scratch, 'a file'), 'INSTALL_TARGET_NOT_EMPTY'],
    ['another install', () => path.join(scratch, 'other'), 'INSTALL_TARGET_NOT_EMPTY'],
  ])('into %s is refused with nothing changed', async (_name, target, code) => {
    await install(tiny);
    await installBuild({ root: path.join(scratch, 'other'), ports: game.ports, build: tiny.reference });
    await writeFile(path.join(scratch, 'a file'), 'x');
    const before = (await readdir(scratch, { recursive: true })).sort();
    await expect(moveTo({ root, to: target(), how })).rejects.toMatchObject({ code });
    expect((await readdir(scratch, { recursive: true })).sort()).toEqual(before);
    expect(await compareTrees(tiny.root, root)).toEqual([]);
  });

  test('waits for nobody: a job that runs makes it end, and the other way round', async () => {
    await install(tiny);
    const lock = await acquireInstallLock(stateFolderOf(root).lock);
    await expect(moveTo({ root, to, how })).rejects.toMatchObject({ code: 'INSTALL_LOCKED' });
    await lock.release();
    await moveTo({ root, to, how });
    // The lock went along and was let go of.
    expect(await readdir(stateFolderOf(to).lock)).toEqual([]);
  });
});

describe('a move by copying', () => {
  test('goes on where it was stopped, without copying again what it has', async () => {
    await install();
    const stop = new AbortController();
    const stopped = await moveTo({
      root,
      to,
      how: 'copy',
      clock: { now: tick(), sleep: async () => {} },
      signal: stop.signal,
      onProgress: ({ writtenBytes }) => writtenBytes > 900_000 && stop.abort(),
    });
    expect(stopped.kind).toBe('cancelled');
    expect(await compareTrees(one.root, root)).toEqual([]);
    expect(await readInstallState(root)).toMatchObject({ moving: { to, state: 'planned' } });
    const state = stateFolderOf(to);
    const has = await lstat(path.join(state.moving, 'game'), { bigint: true });
    const outcome = doneOf(await moveTo({ root, to, how: 'copy' }));
    expect(outcome.copiedBytes).toBeLessThan(totalBytes(one) - 300_000);
    expect((await lstat(path.join(to, 'game'), { bigint: true })).ino).toBe(has.ino);
    expect(await compareTrees(one.root, to)).toEqual([]);
    await expectGone(root);
  });

  test('leaves no record behind, not even of an update that was given up', async () => {
    await install(tiny);
    const { steps, between, retained } = stateFolderOf(root);
    await writeFile(steps, '{}');
    for (const folder of [between, retained]) await mkdir(folder);
    doneOf(await moveTo({ root, to, how: 'copy' }));
    await expectGone(root);
  });

  test('is forgotten when told to, or when another place is chosen', async () => {
    await install();
    const halfway = async (target: string) => {
      const stop = new AbortController();
      await moveTo({
        root,
        to: target,
        how: 'copy',
        clock: { now: tick(), sleep: async () => {} },
        signal: stop.signal,
        onProgress: ({ writtenBytes }) => writtenBytes > 500_000 && stop.abort(),
      });
    };
    await halfway(to);
    await discardStaging(root);
    expect(await readdir(path.dirname(to))).toEqual([]);
    expect((await readInstallState(root)).moving).toBeNull();
    await halfway(to);
    const other = path.join(scratch, 'other');
    doneOf(await moveTo({ root, to: other, how: 'copy' }));
    expect(await readdir(path.dirname(to))).toEqual([]);
    expect(await compareTrees(one.root, other)).toEqual([]);
  });

  test('takes files that changed while it copied as they are then, and says which are not the build’s', async () => {
    await install();
    let changed = 0;
    const outcome = doneOf(
      await moveTo({
        root,
        to,
        how: 'copy',
        clock: { now: tick(), sleep: async () => {} },
        onProgress: ({ writtenBytes }) => {
          if (writtenBytes < 1_000_000 || changed++ > 0) return;
          void writeFile(path.join(root, 'game'), 'a mod');
          void writeFile(path.join(root, 'new save'), 'new');
        },
      }),
    );
    expect(await readFile(path.join(to, 'game'), 'utf8')).toBe('a mod');
    expect(await readFile(path.join(to, 'new save'), 'utf8')).toBe('new');
    expect(outcome.left).toEqual([]);
    await expectGone(root);
  });

  test('carries a damaged file along and names it', async () => {
    await install();
    const pak = await readFile(path.join(root, 'data/big.pak'));
    pak[77] = (pak[77] as number) ^ 1;
    await writeFile(path.join(root, 'data/big.pak'), pak);
    expect(doneOf(await moveTo({ root, to, how: 'copy' })).damaged).toEqual(['data/big.pak']);
    expect(await readFile(path.join(to, 'data/big.pak'))).toEqual(pak);
  });

  test('keeps holes of sparse files', async () => {
    await install(tiny);
    const sparse = path.join(root, 'cache.bin');
    await writeFile(sparse, '');
    await truncate(sparse, 64 * 1024 * 1024);
    await moveTo({ root, to, how: 'copy' });
    const copy = await lstat(path.join(to, 'cache.bin'));
    expect([copy.size, copy.blocks * 512 < 1024 * 1024]).toEqual([64 * 1024 * 1024, true]);
  });

  test('refuses a name it could not copy before anything is copied', async () => {
    await install(tiny);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.of(0xff)]), 'x');
    await expect(moveTo({ root, to, how: 'copy' })).rejects.toMatchObject({ code: 'INSTALL_FILE_UNMOVABLE' });
    await discardStaging(root);
    expect(await readdir(scratch)).toEqual(['new drive', 'old drive']);
    await rm(path.join(scratch, 'old drive'), { recursive: true });
  });

  test('never removes what lies behind a link planted for a folder', async () => {
    await install(tiny);
    const canary = path.join(scratch, 'canary');
    await mkdir(canary);
    await writeFile(path.join(canary, 'inner'), 'inner');
    const plant = () => {
      chmodSync(path.join(root, 'locked'), 0o755);
      renameSync(path.join(root, 'locked'), path.join(scratch, 'locked'));
      symlinkSync(canary, path.join(root, 'locked'));
    };
    const onProgress = ({ phase }: InstallProgress) => phase === 'committing' && plant();
    await expect(moveTo({ root, to, how: 'copy', onProgress })).rejects.toMatchObject({
      code: 'INSTALL_PATH_UNSAFE',
    });
    expect(await readFile(path.join(canary, 'inner'), 'utf8')).toBe('inner');
    expect((await readInstallState(root)).moving).toEqual({ to, state: 'switched' });
    await rm(path.join(root, 'locked'));
    expect(doneOf(await moveTo({ root, to })).root).toBe(to);
    expect(await compareTrees(tiny.root, to)).toEqual([]);
  });
});

describe('killed at any of its calls', () => {
  test.each([{ how: undefined }, { how: 'copy' as const }])(
    'an install is in one place or the other, and the same move ends it (how: $how)',
    async ({ how }) => {
      const job = { verb: 'move' as const, root, to, ...(how === undefined ? {} : { how }), ...unused() };
      await install(tiny);
      const { calls } = await runWithFault(job, { at: 0, effect: 'kill' });
      await moveTo({ root: to, to: root });
      const tried = 2;
      for (let index = 0; index < tried; index++) {
        const at = 1 + Math.floor((index * (calls - 1)) / Math.max(1, tried - 1));
        await runWithFault(job, { at, effect: 'kill' });
        const place = await whereItIs();
        expect(await compareTrees(tiny.root, place)).toEqual([]);
        doneOf(await moveTo({ root, to, how }));
        expect(await compareTrees(tiny.root, to)).toEqual([]);
        expect((await readInstallState(to)).moving).toBeNull();
        await expectGone(root);
        await moveTo({ root: to, to: root });
      }
    },
    120_000,
  );

  test('a copy that is given up leaves nothing, not even the claim of who was killed', async () => {
    await install(tiny);
    const job = { verb: 'move' as const, root, to, how: 'copy' as const, ...unused() };
    const { calls } = await runWithFault(job, { at: 0, effect: 'kill' });
    await moveTo({ root: to, to: root });
    await runWithFault(job, { at: Math.floor(calls / 3), effect: 'kill' });
    expect((await readInstallState(root)).moving).toEqual({ to, state: 'planned' });
    await discardStaging(root);
    expect(await readdir(path.dirname(to))).toEqual([]);
  });

  /** Brought to rest by either place's name. */
  async function whereItIs(): Promise<string> {
    const state = await findStateFolder(root);
    if (state === undefined) return to;
    try {
      return (await recover(root)).installed === null ? to : root;
    } catch (error) {
      expect(error).toMatchObject({ code: 'INSTALL_MOVED', details: { path: to } });
      return to;
    }
  }
});

function unused() {
  return { grant: { baseUrl: '', query: '' }, build: tiny.reference };
}

function totalBytes(build: PublishedBuild): number {
  return build.manifest.entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0),
    0,
  );
}

/** A clock by which every report is due. */
function tick(): () => number {
  let now = 0;
  return () => (now += 1000);
}
