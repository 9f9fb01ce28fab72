import { existsSync, rmSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectReference } from '../../download/object-fetcher.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../../testing/builds/game-on-cdn.ts';
import { removeTree } from '../../testing/trees/remove-tree.ts';
import { evolveFakeBuild, type FakeNode, makeFakeBuild } from '../../testing/trees/tree-builder.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import {
  discardStaging,
  type InstallOutcome,
  installBuild,
  readInstallState,
  repairInstall,
  uninstall,
  updateBuild,
  verifyInstall,
} from '../install.ts';
import { stateFolderOf } from '../state/state-folder.ts';

let shared: string;
let scratch: string;
let game: GameOnCdn;
let one: PublishedBuild;
let two: PublishedBuild;
let three: PublishedBuild;
let patch: ObjectReference;
let root: string;

const PART_BYTES = 1_500_000;
const random = new SeededRandom(77);
const file = (bytes: Uint8Array | string, mode = 0o644): FakeNode => ({
  kind: 'file',
  bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
  mode,
});

/** Three files go round in a circle, so that no order of replacing them has all sources at hand. */
const parts = [0, 1, 2].map(() => random.bytes(PART_BYTES));
const circle = (shift: number) =>
  new Map<string, FakeNode>([
    ...[0, 1, 2].map((index): [string, FakeNode] => [
      `data/${index}.pak`,
      file(Buffer.concat([parts[(index + shift) % 3] as Uint8Array, Buffer.from(`${shift}`)])),
    ]),
    ['same', file('same')],
    ...(shift === 0
      ? ([
          ['gone/old.bin', file(random.bytes(50_000))],
          ['becomes-folder', file('file')],
          ['becomes-file/inner', file('inner')],
          ['link', { kind: 'link', target: 'same' }],
          ['case', file('case')],
        ] as [string, FakeNode][])
      : ([
          ['becomes-folder/inner', file('inner 2')],
          ['becomes-file', file('now a file')],
          ['link/inner', file('inner of link')],
          ['CASE', file('case')],
          ['locked/inner', file('x', 0o444)],
          ['locked', { kind: 'directory', mode: 0o555 }],
          ['fresh/empty', { kind: 'directory', mode: 0o700 }],
        ] as [string, FakeNode][])),
  ]);
let roundOne: PublishedBuild;
let roundTwo: PublishedBuild;

beforeAll(async () => {
  shared = await mkdtemp(path.join(tmpdir(), 'gantry-low-'));
  game = await GameOnCdn.start(shared);
  const first = makeFakeBuild({ seed: 8, packBytes: 500_000, assets: 10 });
  one = await game.publish(first, { preserve: ['data/saves/**'] });
  two = await game.publish(evolveFakeBuild(first, 9), { preserve: ['data/saves/**'] });
  three = await game.publish(evolveFakeBuild(first, 10));
  patch = await game.publishPatch(one, two);
  roundOne = await game.publish(circle(0));
  roundTwo = await game.publish(circle(1));
}, 120_000);
afterAll(async () => {
  await game.close();
  await removeTree(shared);
});
beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-low-'));
  root = path.join(scratch, 'game');
  game.server.delayMs = 0;
  game.server.fault = () => undefined;
});
afterEach(() => removeTree(scratch));

const job = () => ({ root, ports: game.ports, diskMode: 'low-space' as const });

function doneOf(outcome: InstallOutcome): Extract<InstallOutcome, { kind: 'done' }> {
  if (outcome.kind !== 'done') throw new Error('the job was cancelled');
  return outcome;
}

describe('an update that replaces files as it goes', () => {
  test.each([
    ['by chunks', false],
    ['by patch', true],
  ])('ends as any other does, %s, at no more bytes', async (_name, byPatch) => {
    const patches = byPatch ? [patch] : [];
    const fresh = { ...job(), root: path.join(scratch, 'whole'), diskMode: 'whole' as const };
    await installBuild({ ...fresh, build: one.reference });
    const whole = doneOf(await updateBuild({ ...fresh, build: two.reference, patches }));
    await installBuild({ ...job(), build: one.reference });
    await writeFile(path.join(root, 'data/my.mod'), 'mine');
    const outcome = doneOf(await updateBuild({ ...job(), build: two.reference, patches }));
    expect(outcome.route).toBe(byPatch ? 'patch' : 'chunks');
    expect(outcome.figures.lowSpacePeakBytes).toBeLessThan(outcome.figures.diskPeakBytes + 1);
    expect(outcome.downloadedBytes).toBeLessThanOrEqual(whole.downloadedBytes * 1.1);
    expect(await compareTrees(two.root, root)).toEqual(['data/my.mod: only in the second tree']);
    expect((await verifyInstall({ root })).damage).toEqual([]);
    expect(await readInstallState(root)).toMatchObject({ playable: true, pending: null });
    const state = stateFolderOf(root);
    expect((await readdir(state.folder)).sort()).toEqual(
      ['aside', 'installed.json', 'lock', 'manifests', 'staging'].sort(),
    );
  });

  test('breaks cycles and kinds that change without fetching what is on disk', async () => {
    await installBuild({ ...job(), build: roundOne.reference });
    const small = { ...job(), batchBytes: 500_000 };
    const outcome = doneOf(await updateBuild({ ...small, build: roundTwo.reference }));
    expect(outcome.downloadedBytes).toBeLessThan(200_000);
    expect(await compareTrees(roundTwo.root, root)).toEqual([]);
    const { diskPeakBytes, lowSpacePeakBytes } = outcome.figures;
    expect(diskPeakBytes).toBeGreaterThan(3 * PART_BYTES);
    // One file more than the old build at its worst, and one that is retained.
    expect(lowSpacePeakBytes).toBeLessThan(2.2 * PART_BYTES);
    const back = doneOf(await updateBuild({ ...small, build: roundOne.reference }));
    expect(back.downloadedBytes).toBeLessThan(300_000);
    expect(await compareTrees(roundOne.root, root)).toEqual([]);
  }, 60_000);

  test('says that nothing can be played while it has not ended, and goes on without fetching again', async () => {
    await installBuild({ ...job(), build: one.reference });
    const sent = game.server.sentBytes;
    await stopMidway();
    expect(await readInstallState(root)).toMatchObject({
      installed: { buildId: one.reference.buildId },
      playable: false,
      pending: { build: { buildId: two.reference.buildId } },
    });
    const outcome = doneOf(await updateBuild({ ...job(), build: two.reference, diskMode: 'auto' }));
    expect(await compareTrees(two.root, root)).toEqual([]);
    expect(game.server.sentBytes - sent).toBeLessThan(outcome.figures.downloadBytes + 150_000);
  });

  test.each([
    ['another build', () => updateBuild({ ...job(), build: three.reference, diskMode: 'auto' }), () => three],
    ['the old build again', () => installBuild({ ...job(), build: one.reference }), () => one],
    ['a repair, which leads back', () => repairInstall({ ...job() }), () => one],
    ['being forgotten', () => discardStaging(root), () => two],
  ] as const)('stopped midway makes way for %s', async (_name, act, expected) => {
    await installBuild({ ...job(), build: one.reference });
    await stopMidway();
    await act();
    if (expected() === two) {
      expect((await readInstallState(root)).playable).toBe(false);
      await updateBuild({ ...job(), build: two.reference });
    }
    const known = new Set(two.manifest.entries.map(({ path: at }) => at));
    const differences = await compareTrees(expected().root, root);
    // A repair knows its own build: what the other put beside its files stays.
    expect(differences.filter((line) => !known.has(line.split(':')[0] ?? ''))).toEqual([]);
    expect((await readInstallState(root)).playable).toBe(true);
  });

  test('stopped midway can be uninstalled whole', async () => {
    await installBuild({ ...job(), build: one.reference });
    await stopMidway();
    await uninstall({ root, keepPreserved: false });
    expect(await readdir(scratch)).toEqual([]);
  });

  test('makes anew what somebody took away meanwhile', async () => {
    await installBuild({ ...job(), build: one.reference });
    await stopMidway();
    await rm(path.join(root, 'data/zeros.bin'), { force: true });
    await rm(path.join(root, 'game'), { force: true });
    await updateBuild({ ...job(), build: two.reference });
    expect(await compareTrees(two.root, root)).toEqual([]);
  });

  test('makes anew what somebody takes away after it was put in place, before the end', async () => {
    await installBuild({ ...job(), build: one.reference });
    const taken: string[] = [];
    const takeSome = (phase: string) => {
      if (phase !== 'verifying' || taken.length > 0) return;
      taken.push(...['data/zeros.bin', 'game'].filter((name) => existsSync(path.join(root, name))));
      for (const name of taken) rmSync(path.join(root, name));
    };
    await updateBuild({ ...job(), build: two.reference, onProgress: ({ phase }) => takeSome(phase) });
    expect(taken).toEqual(['data/zeros.bin', 'game']);
    expect(await compareTrees(two.root, root)).toEqual([]);
  });

  test('never touches a file that is the same in both builds', async () => {
    await installBuild({ ...job(), build: roundOne.reference });
    const before = await lstat(path.join(root, 'same'), { bigint: true });
    await updateBuild({ ...job(), build: roundTwo.reference });
    expect((await lstat(path.join(root, 'same'), { bigint: true })).ctimeNs).toBe(before.ctimeNs);
  });
});

/** Stop an update by chunks after its first batch is in place. */
async function stopMidway(): Promise<void> {
  const stop = new AbortController();
  const state = stateFolderOf(root);
  let phases = 0;
  const outcome = await updateBuild({
    ...job(),
    build: two.reference,
    batchBytes: 60_000,
    signal: stop.signal,
    onProgress: ({ phase }) => {
      if (phase === 'downloading' && ++phases > 3) stop.abort();
    },
  });
  expect(outcome.kind).toBe('cancelled');
  expect(await readdir(state.folder)).toContain('steps.json');
}
