import { expect, test } from 'vitest';
import { simulate } from '../testing/simulation/simulate.ts';

/** The soak takes ten thousand. */
const SEEDS = 250;

test('whatever network, disk and power do, an install is the old build or the new one and then ends', async () => {
  const { counts, besideFlushes, failures } = await simulate(1, SEEDS);
  expect(failures).toEqual([]);
  expect(counts.kills + counts.powerCuts).toBeGreaterThan(SEEDS);
  expect(counts.next).toBeGreaterThan(SEEDS);
  expect(counts.checkedBytes).toBeGreaterThan(0);
  expect(besideFlushes.crashes).toBeGreaterThan(5);
  expect(counts.refetchedBytes).toBe(0);
}, 300_000);

test.each([302_780, 303_070, 303_842, 304_985, 305_989, 308_083])(
  'life %i, which broke once, holds',
  async (seed) => {
    expect((await simulate(seed, 1, 'quick')).failures).toEqual([]);
  },
  120_000,
);

test('the same seeds give the same run, bit for bit', async () => {
  const [once, again] = [await simulate(500, 6), await simulate(500, 6)];
  expect({ ...again, worstMiB: 0 }).toEqual({ ...once, worstMiB: 0 });
}, 120_000);
