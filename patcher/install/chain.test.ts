import { mkdtemp, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ObjectReference } from '../download/object-fetcher.ts';
import type { Plan } from '../plan/plan.ts';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../testing/builds/game-on-cdn.ts';
import { removeTree } from '../testing/trees/remove-tree.ts';
import { evolveFakeBuild, makeFakeBuild } from '../testing/trees/tree-builder.ts';
import { type BuildJob, installBuild, planBuildJob, readInstallState, updateBuild } from './install.ts';
import { stateFolderOf } from './state/state-folder.ts';

let shared: string;
let scratch: string;
let root: string;
let game: GameOnCdn;
/** Four versions, each a patch away from the next. */
let builds: PublishedBuild[];
let patches: ObjectReference[];
let direct: ObjectReference;

beforeAll(async () => {
  shared = await mkdtemp(path.join(tmpdir(), 'gantry-chain-'));
  game = await GameOnCdn.start(shared);
  let tree = makeFakeBuild({ seed: 21, packBytes: 500_000, assets: 8 });
  builds = [await game.publish(tree)];
  patches = [];
  for (let version = 1; version < 4; version++) {
    tree = new Map(evolveFakeBuild(await asAtFirst(tree), 21 + version));
    const old = builds.at(-1) as PublishedBuild;
    const next = await game.publish(tree);
    patches.push(await game.publishPatch(old, next));
    builds.push(next);
  }
  direct = await game.publishPatch(buildAt(0), buildAt(2));
});
afterAll(async () => {
  await game.close();
  await removeTree(shared);
});
beforeEach(async () => {
  game.server.fault = () => undefined;
  game.server.delayMs = 0;
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-chain-'));
  root = path.join(scratch, 'install');
});
afterEach(() => removeTree(scratch));

/** What an evolution moves away is put back, so that the next can move it again. */
async function asAtFirst(tree: Awaited<ReturnType<typeof makeFakeBuild>>) {
  const first = makeFakeBuild({ seed: 21, packBytes: 500_000, assets: 8 });
  const own = ['game', 'lib/1.0/engine.so', 'data/big.pak'];
  return new Map([...first].map(([at, node]) => [at, own.includes(at) ? (tree.get(at) ?? node) : node]));
}

function buildAt(version: number): PublishedBuild {
  return builds[version] as PublishedBuild;
}

function chainTo(version: number): BuildJob {
  return {
    root,
    ports: game.ports,
    build: buildAt(version).reference,
    chains: [patches.slice(0, version)],
  };
}

const differences = (version: number) => compareTrees(buildAt(version).root, root);

test.each([2, 3])(
  '%i patches one after the other lead to the build, at fewer bytes than chunks',
  async (to) => {
    await installBuild({ root, ports: game.ports, build: buildAt(0).reference });
    const { figures: byChunks } = await planBuildJob({ ...chainTo(to), chains: [] });
    const planned = await planBuildJob(chainTo(to));
    expect(planned.figures.patchHops).toBe(to);
    expect(planned.figures.downloadBytes).toBeLessThan(byChunks.downloadBytes / 2);
    const before = game.server.requests.length;
    const outcome = await updateBuild(chainTo(to));
    expect(outcome).toMatchObject({
      kind: 'done',
      figures: { downloadBytes: planned.figures.downloadBytes },
    });
    expect(await differences(to)).toEqual([]);
    const kinds = game.server.requests.slice(before).map(({ path: at }) => at.split('/')[0]);
    expect(kinds.filter((kind) => kind === 'manifests')).toHaveLength(1);
    await expect(stat(stateFolderOf(root).between)).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

test('what only an earlier patch of a chain changed is made by it too, not fetched as chunks', async () => {
  const first = makeFakeBuild({ seed: 31, packBytes: 300_000, assets: 4 });
  const second = evolveFakeBuild(first, 32);
  const pack = 'data/big.pak';
  const half = [...first].map(([at, node]) => [at, at === pack ? (second.get(at) ?? node) : node] as const);
  const old = await game.publish(first);
  const between = await game.publish(new Map(half));
  const next = await game.publish(second);
  const chain = [await game.publishPatch(old, between), await game.publishPatch(between, next)];
  await installBuild({ root, ports: game.ports, build: old.reference });
  const job = { root, ports: game.ports, build: next.reference, chains: [chain] };
  const { operations, figures } = await planBuildJob(job);
  const entry = next.manifest.entries.findIndex(({ path: at }) => at === pack);
  expect(operations[entry]?.kind).toBe('patch');
  expect(figures.patchHops).toBe(2);
  const before = game.server.requests.length;
  await updateBuild(job);
  const kinds = game.server.requests.slice(before).map(({ path: at }) => at.split('/')[0]);
  expect(kinds.filter((kind) => kind === 'packs')).toEqual([]);
  expect(await compareTrees(next.root, root)).toEqual([]);
});

test('a patch that leads there directly is taken where it costs less, and chunks where both cost more', async () => {
  await installBuild({ root, ports: game.ports, build: buildAt(0).reference });
  const job = { ...chainTo(2), patches: [direct] };
  const before = game.server.requests.length;
  expect(await planBuildJob(job)).toMatchObject({ patch: 0, figures: { patchHops: 1 } });
  // What is larger as a whole holds no file for fewer bytes: not even its headers are fetched.
  const objects = patches.slice(0, 2).map(({ path: at }) => at);
  const asked = game.server.requests.slice(before).map(({ path: at }) => at);
  expect(asked.filter((at) => objects.includes(at))).toEqual([]);
  expect((await planBuildJob(chainTo(2))).figures.patchHops).toBe(2);
  await updateBuild({ root, ports: game.ports, build: buildAt(1).reference });
  // From the second build the first patch of this chain does not begin: nobody is offered it.
  const plan = await planBuildJob(chainTo(2));
  expect(plan).toMatchObject({ patch: undefined, route: 'chunks' });
});

test('no byte of a patch is fetched twice, those that came with its header included', async () => {
  await installBuild({ root, ports: game.ports, build: buildAt(0).reference });
  const before = game.server.requests.length;
  await updateBuild({ ...chainTo(2), chains: [], patches: [direct] });
  const ranges = game.server.requests
    .slice(before)
    .filter(({ path: at }) => at === direct.path)
    .map(({ first, last }) => ({ first, last }))
    .sort((a, b) => a.first - b.first);
  expect(ranges.length).toBeGreaterThan(1);
  for (const [index, { first }] of ranges.slice(1).entries())
    expect(first).toBeGreaterThan(ranges[index]?.last ?? Number.POSITIVE_INFINITY);
  expect(await differences(2)).toEqual([]);
});

test('a stopped chain goes on without fetching again what it had made, the old build playable meanwhile', async () => {
  await installBuild({ root, ports: game.ports, build: buildAt(0).reference });
  const planned = await planBuildJob(chainTo(3));
  const stop = new AbortController();
  game.server.fault = ({ path: at }) => {
    // The last patch's bodies come after all that is between was made.
    if (at === patches[2]?.path && game.server.requests.length > before + 4) stop.abort();
    return undefined;
  };
  const before = game.server.requests.length;
  const stopped = await updateBuild({ ...chainTo(3), signal: stop.signal });
  expect(stopped.kind).toBe('cancelled');
  expect(await differences(0)).toEqual([]);
  expect(await readInstallState(root)).toMatchObject({ playable: true, pending: { build: { buildId: 4 } } });
  const made = await readdir(stateFolderOf(root).between);
  expect(made.length).toBeGreaterThan(0);
  game.server.fault = () => undefined;
  const left = await planBuildJob(chainTo(3));
  expect(left.figures.downloadBytes).toBeLessThan(planned.figures.downloadBytes);
  // One that a power cut tore is made again; the others are not.
  await truncate(path.join(stateFolderOf(root).between, made[0] as string), 10);
  const torn = await planBuildJob(chainTo(3));
  expect(torn.figures.downloadBytes).toBeGreaterThan(left.figures.downloadBytes);
  await updateBuild(chainTo(3));
  expect(await differences(3)).toEqual([]);
});

test.each([0, 1])('chunks do what patch %i of a chain cannot', async (bad) => {
  await installBuild({ root, ports: game.ports, build: buildAt(0).reference });
  const { path: at, sizeBytes } = patches[bad] as ObjectReference;
  const bytes = game.object(at);
  const harmed = Uint8Array.from(bytes);
  harmed[sizeBytes - 40] = (harmed[sizeBytes - 40] as number) ^ 1;
  game.replaceObject(at, harmed);
  await updateBuild(chainTo(2));
  game.replaceObject(at, bytes);
  expect(await differences(2)).toEqual([]);
});

test('wrong bytes in the installed build only cost what they would have saved', async () => {
  await installBuild({ root, ports: game.ports, build: buildAt(0).reference });
  const engine = path.join(root, 'lib/1.0/engine.so');
  await writeFile(engine, Buffer.alloc((await stat(engine)).size));
  await updateBuild(chainTo(2));
  expect(await differences(2)).toEqual([]);
});

test('where space is short nothing is made on the way', async () => {
  await installBuild({ root, ports: game.ports, build: buildAt(0).reference });
  const plans: Plan[] = [];
  const job: BuildJob = { ...chainTo(2), diskMode: 'low-space', onPlan: (plan) => plans.push(plan) };
  await updateBuild(job);
  expect(plans.map(({ figures }) => figures.patchHops)).toEqual([2, 0]);
  expect(await differences(2)).toEqual([]);
});
