import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { applyPatchToFolder } from '../../patcher/delta/apply/apply-patch.ts';
import { makePatch } from '../../patcher/delta/make/make-patch.ts';
import { openPatch, PatchFile } from '../../patcher/delta/apply/open-patch.ts';
import { type JobData, type JobName, openJobQueue, type RunningJob } from '../jobs/job-queue.ts';
import { materialiseBuild } from '../push/materialise-build.ts';
import { createJobHandlers } from '../service/service.ts';
import { startWorker } from '../service/worker.ts';
import { FileStore } from '../storage/file-store.ts';
import { makeSampleBuild, pushSampleBuild, type SampleBuild, sampleBytes } from '../testing/sample-build.ts';
import { registerPublisher, startTestService, type TestService } from '../testing/service.ts';
import { expireParts } from './expire-parts.ts';
import { joinPatchJob } from './join-patch-job.ts';
import { makePatchJob } from './make-patch-job.ts';
import { makePatchPartJob } from './make-patch-part-job.ts';
import type { PairIds, PatchServices } from './patch-pair.ts';
import { verifyTree } from './verify-tree.ts';

/** 45 KB in segments of 8 KB, two in a part: three parts. */
const SHAPE = { segmentsPerPart: 2, segmentBytes: 8_000 };

/** A store that tells of parts written, and fails when asked to. */
class WatchedStore extends FileStore {
  readonly partsWritten: string[] = [];
  /** Writes of parts that shall fail from now on. */
  failures = 0;

  override async write(...[key, content, options]: Parameters<FileStore['write']>) {
    if (key.startsWith('parts/') && this.failures > 0) {
      this.failures -= 1;
      throw new Error('the store is away');
    }
    const stored = await super.write(key, content, options);
    if (key.startsWith('parts/')) this.partsWritten.push(key);
    return stored;
  }
}

let test: TestService;
let scratch: string;
let store: WatchedStore;
beforeAll(async () => {
  test = await startTestService({ runJobs: false });
  scratch = await mkdtemp(path.join(os.tmpdir(), 'gantry-parts-'));
});
beforeEach(() => {
  const secret = 'not used here, but long enough to be one';
  store = new WatchedStore({ folder: path.join(test.dataDir, 'objects'), secret, publicUrl: () => '' });
});
afterAll(async () => {
  await test.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

const signal = new AbortController().signal;

interface PushedPair {
  readonly ids: PairIds;
  readonly gameId: string;
  readonly old: SampleBuild;
  readonly next: SampleBuild;
}

/** Push two builds with scattered changes, and leave the channel alone: no job is asked for yet. */
async function pushPair(seed: string): Promise<PushedPair> {
  const data = sampleBytes(seed, 45_000);
  const changed = data.slice();
  for (let at = 100; at < changed.length; at += 900) changed[at] = (changed[at] as number) ^ 0xff;
  const old = makeSampleBuild({ 'data.pak': data, 'kept/file': sampleBytes(`${seed}-kept`, 4_000) });
  const next = makeSampleBuild({ ...old.files, 'data.pak': changed }, old);
  const { api, gameId } = await registerPublisher(test);
  const pushing = await startWorker({ dataDir: test.dataDir, databaseUrl: test.databaseUrl });
  try {
    const oldBuildId = (await pushSampleBuild(api, old, { gameId })).build?.buildId ?? 0;
    const newBuildId = (await pushSampleBuild(api, next, { gameId })).build?.buildId ?? 0;
    return { ids: { oldBuildId, newBuildId }, gameId, old, next };
  } finally {
    await pushing.close();
  }
}

type Enqueued = {
  [Name in JobName]: { readonly name: Name; readonly data: JobData[Name]; readonly key?: string };
}[JobName];

/** What the jobs are given, with a queue that only remembers. */
function servicesWith(enqueued: Enqueued[]): PatchServices {
  return {
    database: test.database,
    store,
    patchShape: SHAPE,
    scratchFolder: path.join(scratch, 'jobs'),
    jobs: {
      enqueue: async (name, data, options) => {
        enqueued.push({ name, data, ...(options?.key !== undefined && { key: options.key }) } as Enqueued);
      },
    },
  };
}

function running<Data>(data: Data, abort = signal): { data: Data; signal: AbortSignal; isLastTry: boolean } {
  return { data, signal: abort, isLastTry: false };
}

/** The part jobs that a patch is divided into. */
async function divide(pair: PushedPair): Promise<JobData['make-patch-part'][]> {
  const enqueued: Enqueued[] = [];
  await makePatchJob(servicesWith(enqueued), running(pair.ids));
  return enqueued.map((job) => {
    if (job.name !== 'make-patch-part') throw new Error(`${job.name} is no part`);
    return job.data;
  });
}

async function makePart(data: JobData['make-patch-part'], abort = signal): Promise<Enqueued[]> {
  const enqueued: Enqueued[] = [];
  await makePatchPartJob(servicesWith(enqueued), running(data, abort));
  return enqueued;
}

async function storedParts(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('parts/')) keys.push(key);
  return keys;
}

async function readPublished({ ids }: PushedPair): Promise<string | undefined> {
  const row = await test.database
    .selectFrom('patches')
    .select('sha256')
    .where('newBuildId', '=', ids.newBuildId)
    .executeTakeFirst();
  return row?.sha256;
}

async function materialise({ gameId }: PushedPair, { manifest }: SampleBuild): Promise<string> {
  const root = await mkdtemp(path.join(scratch, 'build-'));
  await materialiseBuild({ store, depot: { gameId, depot: 'linux' }, manifest, root, signal });
  return root;
}

/** The published patch is the one that a single job makes, and makes the new build. */
async function expectPublished(pair: PushedPair): Promise<void> {
  const folder = await mkdtemp(path.join(scratch, 'check-'));
  const oldRoot = await materialise(pair, pair.old);
  const newRoot = await materialise(pair, pair.next);
  const patchPath = path.join(folder, 'patch');
  const { segmentBytes } = SHAPE;
  const single = await makePatch({
    oldRoot,
    newRoot,
    oldTree: pair.old.manifest,
    newTree: pair.next.manifest,
    segmentBytes,
    outPath: patchPath,
  });
  const sha256 = await readPublished(pair);
  expect(sha256).toBe(single.sha256);
  await buffer((await store.read(`t/${pair.gameId}/linux/patches/${sha256}`)).stream);
  await using file = await PatchFile.open(patchPath);
  const outRoot = path.join(folder, 'out');
  await applyPatchToFolder({ patch: await openPatch(file), oldRoot, outRoot });
  await verifyTree(outRoot, pair.next.manifest, signal);
}

it('a large patch is made by two workers together, though one of its parts fails at first', async () => {
  const pair = await pushPair('shared');
  const makers: number[] = [];
  const bothWork = Promise.withResolvers<void>();
  const errors: unknown[] = [];
  const workers = await Promise.all(
    [0, 1].map(async (worker) => {
      const queue = await openJobQueue({
        databaseUrl: test.databaseUrl,
        pollSeconds: 0.5,
        soleWorker: false,
        onError: (error) => errors.push(error),
      });
      const { database } = test;
      const handlers = createJobHandlers({
        database,
        store,
        jobs: queue,
        patchShape: SHAPE,
        scratchFolder: path.join(scratch, `worker-${worker}`),
        log: () => undefined,
      });
      const makePart = async (job: RunningJob<'make-patch-part'>): Promise<void> => {
        makers.push(worker);
        if (new Set(makers).size === 2) bothWork.resolve();
        await bothWork.promise;
        await handlers['make-patch-part'](job);
      };
      return { queue, handlers: { ...handlers, 'make-patch-part': makePart } };
    }),
  );
  store.failures = 1;
  try {
    await Promise.all(workers.map(({ queue, handlers }) => queue.work(handlers)));
    await workers[0]?.queue.enqueue('make-patch', pair.ids);
    while ((await readPublished(pair)) === undefined) {
      // A retry waits for seconds, which a test need not.
      await sql`update pgboss.job set start_after = now() where state = 'retry'`.execute(test.database);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    while ((await storedParts()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  } finally {
    await Promise.all(workers.map(({ queue }) => queue.stop()));
  }
  expect(errors).toMatchObject([{ message: 'the store is away' }]);
  expect(makers.length).toBe(4);
  expect(store.partsWritten.length).toBe(3);
  await expectPublished(pair);
  const { api } = await registerPublisher(test);
  const { jobs } = await api.status({});
  expect(jobs.map(({ queue }) => queue)).toEqual(expect.arrayContaining(['make-patch-part', 'join-patch']));
});

it('a part is made once, and again when what is stored is damaged; the last one asks for the join', async () => {
  const pair = await pushPair('again');
  const parts = await divide(pair);
  expect(parts.map(({ part }) => part)).toEqual([0, 1, 2]);
  const [first, ...others] = parts as [JobData['make-patch-part']];
  expect(await makePart(first)).toEqual([]);
  expect(await makePart(first)).toEqual([]);
  const [key = ''] = await storedParts();
  expect(store.partsWritten).toEqual([key]);
  expect(key).toMatch(/^parts\/\d+-\d+\/[0-9a-f]{64}\/0-2$/);

  const bytes = await buffer((await store.read(key)).stream);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  await store.write(key, bytes);
  await makePart(first);
  expect(store.partsWritten.length).toBe(3);

  const asked: Enqueued[] = [];
  for (const part of others) asked.push(...(await makePart(part)));
  const { part: _part, ...shared } = first;
  const join = { name: 'join-patch', data: shared, key: `${pair.ids.oldBuildId}-${pair.ids.newBuildId}` };
  expect(asked).toEqual([join]);
  // Killed between storing and asking: the next try finds its part, and asks.
  expect(await makePart(first)).toEqual([join]);

  await joinPatchJob(servicesWith([]), running(shared));
  await expectPublished(pair);
  expect(await storedParts()).toEqual([]);
  const written = store.partsWritten.length;
  await joinPatchJob(servicesWith([]), running(shared));
  expect(await makePart(first)).toEqual([]);
  expect(await divide(pair)).toEqual([]);
  expect(store.partsWritten.length).toBe(written);
  expect(await readdir(path.join(scratch, 'jobs'))).toEqual([]);
});

it('joining makes up for a part that is missing and one that is damaged', async () => {
  const pair = await pushPair('missing');
  const parts = await divide(pair);
  for (const part of parts) await makePart(part);
  const [missing = '', damaged = ''] = await storedParts();
  await store.delete(missing);
  await store.write(damaged, Buffer.from('nonsense'));
  const { part: _part, ...shared } = parts[0] as JobData['make-patch-part'];
  await joinPatchJob(servicesWith([]), running(shared));
  await expectPublished(pair);
  expect(await storedParts()).toEqual([]);
});

it('a part that is stopped leaves nothing behind', async () => {
  const pair = await pushPair('stopped');
  const [first] = await divide(pair);
  const reason = new Error('the service stops');
  await expect(makePart(first as JobData['make-patch-part'], AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(await storedParts()).toEqual([]);
  expect(await readdir(path.join(scratch, 'jobs'))).toEqual([]);
});

it('a worker that plans otherwise leaves the part to another', async () => {
  const pair = await pushPair('otherwise');
  const [first] = await divide(pair);
  const other = { ...(first as JobData['make-patch-part']), segmentBytes: 9_000 };
  await expect(makePart(other)).rejects.toMatchObject({ code: 'PATCH_PLAN_DIFFERS', details: pair.ids });
});

it('parts of patches that were given up or exist by now are deleted', async () => {
  const pair = await pushPair('expired');
  const parts = await divide(pair);
  await makePart(parts[0] as JobData['make-patch-part']);
  const { database } = test;
  const expire = (days: number) =>
    expireParts({ database, store, now: () => new Date(Date.now() + days * 24 * 3600 * 1000) });
  await expire(0);
  expect((await storedParts()).length).toBe(1);
  await expire(8);
  expect(await storedParts()).toEqual([]);

  await makePart(parts[1] as JobData['make-patch-part']);
  await database
    .insertInto('patches')
    .values({ ...pair.ids, sha256: 'f'.repeat(64), sizeBytes: 1 })
    .execute();
  await expire(0);
  expect(await storedParts()).toEqual([]);
});
