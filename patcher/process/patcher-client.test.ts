import { fork } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { InstallProgress } from '../install/install-progress.ts';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../testing/builds/game-on-cdn.ts';
import { evolveFakeBuild, makeFakeBuild } from '../testing/trees/tree-builder.ts';
import { fromPatcherSchema, type PlanSummary, toPatcherSchema } from './messages.ts';
import { type PatcherClient, type SpawnPatcher, startPatcherProcess } from './patcher-client.ts';

let scratch: string;
let game: GameOnCdn;
let one: PublishedBuild;
let two: PublishedBuild;
let client: PatcherClient | undefined;

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-process-'));
  game = await GameOnCdn.start(scratch);
  const first = makeFakeBuild({ seed: 3, packBytes: 300_000, assets: 8 });
  one = await game.publish(first);
  two = await game.publish(evolveFakeBuild(first, 4));
});
afterEach(async () => {
  client?.close();
  await game.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

async function differences(build: PublishedBuild, root: string): Promise<string[]> {
  return await compareTrees(build.root, root);
}

/** Forks as the default does, and hands out the children so that a test can kill one. */
function killableSpawn(children: ReturnType<typeof fork>[], env = process.env): SpawnPatcher {
  return (entry) => {
    const child = fork(entry, { serialization: 'advanced', execArgv: ['--no-warnings'], env });
    children.push(child);
    return {
      send: (message) => child.send(message, () => {}),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void child.on('exit', (_code, signal) => listener(String(signal))),
      kill: () => void child.kill('SIGKILL'),
    };
  };
}

describe('the patcher process', () => {
  test('keeps what it had compiled for the next, although it ends by being killed', async () => {
    const folder = path.join(scratch, 'compiled');
    client = startPatcherProcess({
      spawn: killableSpawn([], { ...process.env, NODE_COMPILE_CACHE: folder }),
    });
    const { reference: build } = one;
    await client.install({ root: path.join(scratch, 'install'), build, grants: game.ports.grants });
    const countKept = async () => (await readdir(folder, { recursive: true })).length;
    await expect.poll(countKept, { timeout: 20_000 }).toBeGreaterThan(100);
  });

  test('installs, plans, updates, verifies, repairs and uninstalls, with progress and grants asked of the parent', async () => {
    client = startPatcherProcess();
    const root = path.join(scratch, 'install');
    const grants = game.ports.grants;
    const seen: InstallProgress[] = [];
    const installed = await client.install({
      root,
      build: one.reference,
      grants,
      onProgress: (progress) => seen.push(progress),
    });
    expect(installed.kind).toBe('done');
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(
      new Set(['planning', 'downloading', 'verifying', 'committing']),
    );
    const plan = await client.plan({ root, build: two.reference, grants });
    expect(plan.figures.downloadBytes).toBeGreaterThan(0);
    const updated = await client.update({ root, build: two.reference, grants });
    expect(updated).toMatchObject({ kind: 'done', figures: { ...plan.figures, lowSpacePeakBytes: null } });
    await writeFile(path.join(root, 'data/one-byte'), 'xy');
    expect((await client.verify({ root })).damage).not.toEqual([]);
    await client.repair({ root, grants });
    expect(await differences(two, root)).toEqual([]);
    await client.uninstall({ root });
    expect(await client.recover(root)).toEqual({
      installed: null,
      playable: false,
      pending: null,
      moving: null,
      previous: null,
    });
  });

  test('holds a download back when it is limited, and lets go of it when the limit is lifted', async () => {
    client = startPatcherProcess();
    client.setBandwidthLimit(1);
    const job = { build: one.reference, grants: game.ports.grants };
    let isDone = false;
    const limited = client.install({ ...job, root: path.join(scratch, 'limited') });
    void limited.finally(() => {
      isDone = true;
    });
    const other = startPatcherProcess();
    await other.install({ ...job, root: path.join(scratch, 'free') }).finally(() => other.close());
    expect(isDone).toBe(false);
    client.setBandwidthLimit(Number.POSITIVE_INFINITY);
    expect((await limited).kind).toBe('done');
  });

  test('adopts, pre-loads, updates with little space, rolls back, moves and forgets what is kept', async () => {
    client = startPatcherProcess();
    const root = path.join(scratch, 'install');
    const to = path.join(scratch, 'elsewhere');
    const { grants } = game.ports;
    await cp(one.root, root, { recursive: true, verbatimSymlinks: true });
    const adoption = { root, build: one.reference, grants };
    expect((await client.planAdoption(adoption)).figures.downloadBytes).toBe(0);
    expect(await client.adopt(adoption)).toMatchObject({ kind: 'done', route: 'none' });
    const update = { root, build: two.reference, grants, keepReplaced: true };
    expect((await client.preload(update)).kind).toBe('staged');
    expect((await client.update(update)).kind).toBe('done');
    expect((await client.recover(root)).previous).toMatchObject({
      build: { buildId: one.reference.buildId },
    });
    expect(await client.rollBack({ root, grants, keepReplaced: true })).toMatchObject({ requests: 0 });
    await client.discardPrevious(root);
    const plans: PlanSummary[] = [];
    const onPlan = (plan: PlanSummary) => plans.push(plan);
    await client.update({ ...update, diskMode: 'low-space', onPlan });
    expect(plans.map(({ lowSpace }) => lowSpace)).toEqual([false, true]);
    const moved = await client.move({ root, to });
    expect(moved).toMatchObject({ kind: 'done', how: 'rename', root: to });
    expect(await differences(two, to)).toEqual([]);
    expect(await client.recover(to)).toMatchObject({ playable: true, previous: null });
  });

  test('is started again when it dies, and its job goes on', async () => {
    const children: ReturnType<typeof fork>[] = [];
    client = startPatcherProcess({ spawn: killableSpawn(children) });
    game.server.delayMs = 10;
    const root = path.join(scratch, 'install');
    let killed = false;
    const outcome = await client.install({
      root,
      build: one.reference,
      grants: game.ports.grants,
      onProgress: ({ writtenBytes }) => {
        if (killed || writtenBytes === 0) return;
        killed = true;
        children[0]?.kill('SIGKILL');
      },
    });
    expect(outcome.kind).toBe('done');
    expect(children).toHaveLength(2);
    expect(await differences(one, root)).toEqual([]);
  });

  test('gives a job up with PATCHER_DIED when its process keeps dying', async () => {
    const children: ReturnType<typeof fork>[] = [];
    const spawn = killableSpawn(children);
    client = startPatcherProcess({
      spawn: (entry) => {
        const channel = spawn(entry);
        children.at(-1)?.kill('SIGKILL');
        return channel;
      },
    });
    const root = path.join(scratch, 'install');
    const installing = client.install({ root, build: one.reference, grants: game.ports.grants });
    await expect(installing).rejects.toMatchObject({ code: 'PATCHER_DIED' });
    expect(children).toHaveLength(4);
  });

  test('stops when told to, as an outcome, and tells errors of the service as they are', async () => {
    client = startPatcherProcess();
    game.server.delayMs = 20;
    const root = path.join(scratch, 'install');
    const stop = new AbortController();
    const outcome = await client.install({
      root,
      build: one.reference,
      grants: game.ports.grants,
      signal: stop.signal,
      onProgress: ({ writtenBytes }) => writtenBytes > 0 && stop.abort(),
    });
    expect(outcome.kind).toBe('cancelled');
    await expect(client.verify({ root })).rejects.toMatchObject({
      code: 'INSTALL_ABSENT',
      family: 'not-found',
    });
  });

  test('refuses messages that are not its own', () => {
    expect(toPatcherSchema.safeParse({ kind: 'start', jobId: 1, job: { verb: 'format-disk' } }).success).toBe(
      false,
    );
    expect(fromPatcherSchema.safeParse({ kind: 'progress', jobId: 1 }).success).toBe(false);
  });
});
