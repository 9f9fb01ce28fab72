import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type FlushFailure, Flushes } from './flushes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gantry-flushes-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Flush a file, or one that is closed already. @returns Whether it was waited for, and what came of it. */
async function flush(flushes: Flushes, isOpen = true): Promise<{ here: boolean; failure: FlushFailure }> {
  const descriptor = openSync(path.join(folder, 'file'), 'w');
  if (!isOpen) closeSync(descriptor);
  const told = Promise.withResolvers<FlushFailure>();
  let here = false;
  flushes.flush(descriptor, (failure) => {
    here = true;
    told.resolve(failure);
  });
  const isHere = here;
  const failure = await told.promise;
  if (isOpen) closeSync(descriptor);
  return { here: isHere, failure };
}

it('waits for flushes where they are made while they are quick, and tells what failed', async () => {
  const flushes = new Flushes(() => 0);
  expect(await flush(flushes)).toEqual({ here: true, failure: undefined });
  expect(await flush(flushes, false)).toMatchObject({ here: true, failure: { code: 'EBADF' } });
});

it('leaves them to other threads once two in a row took long', async () => {
  let step = 0;
  let time = 0;
  const flushes = new Flushes(() => (time += step));
  const took = async (ms: number) => {
    step = ms;
    return (await flush(flushes)).here;
  };
  expect(await took(1)).toBe(true);
  expect(await took(0)).toBe(true);
  expect(await took(1)).toBe(true);
  expect(await took(1)).toBe(true);
  expect(await took(0)).toBe(false);
  expect(await flush(flushes, false)).toMatchObject({ here: false, failure: { code: 'EBADF' } });
});

it('has room again when one of many is done', async () => {
  let time = 0;
  const flushes = new Flushes(() => time++);
  for (let slow = 0; slow < 2; slow++) await flush(flushes);
  const all: Promise<unknown>[] = [];
  while (!flushes.isFull) all.push(flush(flushes));
  await flushes.hasRoom();
  expect(flushes.isFull).toBe(false);
  await Promise.all(all);
});
