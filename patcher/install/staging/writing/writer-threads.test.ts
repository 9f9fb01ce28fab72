import { expect, it } from 'vitest';
import { WriterThreads } from './writer-threads.ts';

it('ends its threads with the last job that uses them', async () => {
  const threads = new WriterThreads();
  const one = threads.use();
  const other = threads.use();
  expect(threads.areStarted).toBe(false);
  threads.prepare();
  await one[Symbol.asyncDispose]();
  expect(threads.areStarted).toBe(true);
  await other[Symbol.asyncDispose]();
  expect(threads.areStarted).toBe(false);
});

it('keeps them for a while where it is told to, for as long as jobs follow each other', async () => {
  const threads = new WriterThreads({ restMs: 50 });
  for (let job = 0; job < 3; job++) {
    await using _ = threads.use();
    if (job === 0) threads.prepare();
    expect(threads.areStarted).toBe(true);
  }
  expect(threads.areStarted).toBe(true);
  await expect.poll(() => threads.areStarted).toBe(false);
});
