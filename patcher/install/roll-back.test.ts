import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../testing/builds/game-on-cdn.ts';
import { runWithFault } from '../testing/jobs/kill-loop.ts';
import { removeTree } from '../testing/trees/remove-tree.ts';
import { evolveFakeBuild, makeFakeBuild } from '../testing/trees/tree-builder.ts';
import {
  discardPrevious,
  type InstallOutcome,
  installBuild,
  planBuildJob,
  readInstallState,
  repairInstall,
  rollBack,
  uninstall,
  updateBuild,
} from './install.ts';
import { stateFolderOf } from './state/state-folder.ts';

let shared: string;
let scratch: string;
let game: GameOnCdn;
let one: PublishedBuild;
let two: PublishedBuild;
let three: PublishedBuild;
let root: string;

beforeAll(async () => {
  shared = await mkdtemp(path.join(tmpdir(), 'gantry-back-'));
  game = await GameOnCdn.start(shared);
  const first = makeFakeBuild({ seed: 5, packBytes: 300_000, assets: 6 });
  one = await game.publish(first);
  two = await game.publish(evolveFakeBuild(first, 6));
  three = await game.publish(evolveFakeBuild(first, 7));
});
afterAll(async () => {
  await game.close();
  await removeTree(shared);
});
beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-back-'));
  root = path.join(scratch, 'game');
});
afterEach(() => removeTree(scratch));

const job = () => ({ root, ports: game.ports });

function doneOf(outcome: InstallOutcome): Extract<InstallOutcome, { kind: 'done' }> {
  if (outcome.kind !== 'done') throw new Error('the job was cancelled');
  return outcome;
}

async function updateKeeping(): Promise<void> {
  await installBuild({ ...job(), build: one.reference });
  await updateBuild({ ...job(), build: two.reference, keepReplaced: true });
}

describe('a rollback to kept files', () => {
  test('takes no request, whole and back again, any number of times', async () => {
    await updateKeeping();
    const { previous } = await readInstallState(root);
    expect(previous?.build.buildId).toBe(one.reference.buildId);
    expect(previous?.sizeBytes).toBeGreaterThan(1_000_000);
    const before = game.server.requests.length;
    expect((await planBuildJob({ ...job(), build: one.reference })).figures.downloadBytes).toBe(0);
    for (const build of [one, two, one]) {
      const outcome = doneOf(await rollBack({ ...job(), keepReplaced: true }));
      expect([outcome.requests, outcome.figures.downloadBytes]).toEqual([0, 0]);
      expect(await compareTrees(build.root, root)).toEqual([]);
    }
    // An ordinary update finds what is kept as well.
    await updateBuild({ ...job(), build: two.reference });
    expect(game.server.requests.length).toBe(before);
    expect(await compareTrees(two.root, root)).toEqual([]);
    expect((await readInstallState(root)).previous).toBeNull();
    expect(await readdir(stateFolderOf(root).manifests)).toHaveLength(1);
  });

  test('fetches at most what is damaged of them', async () => {
    await updateKeeping();
    const { kept } = stateFolderOf(root);
    const index = JSON.parse(await readFile(path.join(kept, 'index.json'), 'utf8')) as {
      files: { path: string; slot: string }[];
    };
    const slot = index.files.find(({ path: at }) => at === 'data/big.pak')?.slot ?? '';
    const bytes = await readFile(path.join(kept, slot));
    bytes[1000] = (bytes[1000] as number) ^ 1;
    await writeFile(path.join(kept, slot), bytes);
    const outcome = doneOf(await rollBack(job()));
    expect(outcome.downloadedBytes).toBeLessThan(100_000);
    expect(await compareTrees(one.root, root)).toEqual([]);
  });

  test('is still there after it was given up, and after a repair', async () => {
    await updateKeeping();
    await writeFile(path.join(root, 'game'), 'damaged');
    await repairInstall(job());
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    expect((await rollBack({ ...job(), signal: stop.signal, onProgress })).kind).toBe('cancelled');
    expect(await compareTrees(two.root, root)).toEqual([]);
    expect((await readInstallState(root)).previous?.build.buildId).toBe(one.reference.buildId);
    expect(doneOf(await rollBack(job())).requests).toBe(0);
    expect(await compareTrees(one.root, root)).toEqual([]);
  });

  test('is the old build or the new one when killed, and ends when called again', async () => {
    await updateKeeping();
    const unused = { grant: { baseUrl: 'http://127.0.0.1:9/', query: '' }, build: one.reference };
    for (const at of [5, 25]) {
      await runWithFault({ verb: 'rollback', root, ...unused }, { at, effect: 'kill' });
      await rollBack({ ...job(), build: one.reference, keepReplaced: true });
      expect(await compareTrees(one.root, root)).toEqual([]);
      await updateBuild({ ...job(), build: two.reference, keepReplaced: true });
      expect(await compareTrees(two.root, root)).toEqual([]);
    }
  }, 60_000);
});

describe('without kept files', () => {
  test('a rollback takes the route to the build it is told, or says that it needs one', async () => {
    await installBuild({ ...job(), build: one.reference });
    await updateBuild({ ...job(), build: two.reference });
    await expect(rollBack(job())).rejects.toMatchObject({ code: 'INSTALL_NO_PREVIOUS' });
    expect(doneOf(await rollBack({ ...job(), build: one.reference })).route).toBe('chunks');
    expect(await compareTrees(one.root, root)).toEqual([]);
  });

  test('what is kept goes with the next update, on request, and with the install', async () => {
    await updateKeeping();
    await updateBuild({ ...job(), build: three.reference, keepReplaced: true });
    expect((await readInstallState(root)).previous?.build.buildId).toBe(two.reference.buildId);
    await discardPrevious(root);
    expect((await readInstallState(root)).previous).toBeNull();
    await updateBuild({ ...job(), build: two.reference, keepReplaced: true });
    await updateBuild({ ...job(), build: one.reference });
    expect((await readInstallState(root)).previous).toBeNull();
    await updateBuild({ ...job(), build: two.reference, keepReplaced: true });
    await uninstall({ root });
    expect(await readdir(scratch)).toEqual([]);
  });
});
