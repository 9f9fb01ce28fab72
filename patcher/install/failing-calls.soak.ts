import { expect, test } from 'vitest';
import { failCallsApart } from '../testing/simulation/fail-calls-apart.ts';

test.each([
  'ENOSPC',
  'EIO',
  'EMFILE',
  'EROFS',
  'EACCES',
  'EPERM',
  'EBUSY',
  'ETXTBSY',
  'EFBIG',
  'ENAMETOOLONG',
] as const)(
  'with %s at every call of every job, once and from then on, it says why, holds one build whole, and then ends',
  async (errno) => {
    const { points, runs, failures } = await failCallsApart({ errno, every: 1 });
    expect(failures).toEqual([]);
    expect(runs).toBe(2 * points);
  },
  1_800_000,
);
