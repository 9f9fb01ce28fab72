import { expect, test } from 'vitest';
import { simulate } from '../testing/simulation/simulate.ts';

const SEEDS = Number(process.env['GANTRY_SEEDS'] ?? 10_000);
/** Seeds of one process: each keeps the modules its threads loaded. */
const BATCH = 500;

const batches = Array.from({ length: Math.ceil(SEEDS / BATCH) }, (_, batch) => 100_000 + batch * BATCH);

test.each(batches)(
  'seeds from %i on: nothing lost, nothing mixed, nothing fetched twice',
  async (first) => {
    const { counts, failures } = await simulate(first, BATCH);
    expect(failures).toEqual([]);
    expect(counts.refetchedBytes).toBe(0);
  },
  900_000,
);
