import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql } from 'kysely';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { type JobHandlers, type JobQueue, openJobQueue } from './job-queue.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

function open(errors: unknown[] = []): Promise<JobQueue> {
  const onError = (error: unknown) => void errors.push(error);
  return openJobQueue({ databaseUrl: test.url, pollSeconds: 0.5, soleWorker: true, onError });
}

function handlers(change: Partial<JobHandlers>): JobHandlers {
  const nothing = async () => undefined;
  return {
    'verify-push': nothing,
    'make-patch': nothing,
    'make-patch-part': nothing,
    'join-patch': nothing,
    'ingest-access-logs': nothing,
    'expire-pushes': nothing,
    'renew-trust': nothing,
    ...change,
  };
}

const pair = { oldBuildId: 1, newBuildId: 2 };

it('a job that was running when its process died runs again after the restart', async () => {
  const first = await open();
  await first.enqueue('make-patch', pair);
  await first.stop();
  // What a kill leaves behind: taken, and never finished.
  await sql`update pgboss.job set state = 'active', started_on = now() where name = 'make-patch'`.execute(
    test.database,
  );

  const second = await open();
  let working: Promise<void> | undefined;
  const ran = new Promise((resolve) => {
    working = second.work(handlers({ 'make-patch': async ({ data }) => resolve(data) }));
  });
  expect(await ran).toEqual(pair);
  await working;
  await second.stop();
});

it('a job that fails is tried again, and its failure is told', async () => {
  const errors: unknown[] = [];
  const queue = await open(errors);
  let tries = 0;
  let working: Promise<void> | undefined;
  const done = new Promise<void>((resolve) => {
    const verify = async () => {
      tries += 1;
      if (tries === 1) throw new Error('the store is away');
      resolve();
    };
    working = queue.work(handlers({ 'verify-push': verify }));
  });
  await queue.enqueue('verify-push', { pushSessionId: 'a' });
  await Promise.all([done, working]);
  expect(tries).toBe(2);
  expect(errors).toMatchObject([{ message: 'the store is away' }]);
  await queue.stop();
});

it('a job exists exactly when the transaction that asked for it commits', async () => {
  const queue = await open();
  const before = (await queue.summary()).find(({ queue: name }) => name === 'make-patch');
  const failed = test.database.transaction().execute(async (transaction) => {
    await queue.enqueue('make-patch', pair, { transaction });
    throw new Error('rolled back');
  });
  await expect(failed).rejects.toThrow('rolled back');
  expect((await queue.summary()).find(({ queue: name }) => name === 'make-patch')).toEqual(before);
  await test.database.transaction().execute(async (transaction) => {
    await queue.enqueue('make-patch', pair, { transaction });
  });
  const after = (await queue.summary()).find(({ queue: name }) => name === 'make-patch');
  expect(after?.queued).toBe((before?.queued ?? 0) + 1);
  await queue.stop();
});

it('stopping lets a running job see it', async () => {
  const queue = await open();
  let seen: Promise<void> | undefined;
  let working: Promise<void> | undefined;
  const started = new Promise<void>((resolve) => {
    const makePatch: JobHandlers['make-patch'] = async ({ signal }) => {
      seen = new Promise((stopped) => signal.addEventListener('abort', () => stopped(), { once: true }));
      resolve();
      await seen;
      signal.throwIfAborted();
    };
    working = queue.work(handlers({ 'make-patch': makePatch }));
  });
  await queue.enqueue('make-patch', pair);
  await Promise.all([started, working]);
  await queue.stop();
  await seen;
});

it('of jobs with one key, one waits; another may be added once it was begun', async () => {
  const queue = await open();
  const job = { ...pair, planDigest: 'a', ends: [1] };
  const count = async () => (await queue.summary()).find(({ queue: name }) => name === 'join-patch');
  for (const key of ['1-2', '1-2', '1-3']) await queue.enqueue('join-patch', job, { key });
  expect(await count()).toMatchObject({ queued: 2, active: 0 });
  await sql`update pgboss.job set state = 'active' where singleton_key = '1-2'`.execute(test.database);
  await queue.enqueue('join-patch', job, { key: '1-2' });
  expect(await count()).toMatchObject({ queued: 2, active: 1 });
  await queue.stop();
});
