import { expect, test } from 'vitest';
import { failCallsApart } from '../testing/simulation/fail-calls-apart.ts';

/** The soak takes every call. */
test.each([
  ['EIO', 11, 'INSTALL_DISK_FAILING'],
  ['ENOSPC', 43, 'INSTALL_DISK_FULL'],
  ['EMFILE', 43, 'INSTALL_TOO_MANY_FILES'],
  ['EACCES', 43, 'INSTALL_NO_PERMISSION'],
] as const)(
  'with %s at calls of any job, once and from then on, it says why, holds one build whole, and then ends',
  async (errno, every, code) => {
    const { runs, codes, failures } = await failCallsApart({ errno, every });
    expect(failures).toEqual([]);
    expect(codes).toContain(code);
    expect(codes.every((seen) => seen.startsWith('INSTALL_'))).toBe(true);
    expect(runs).toBeGreaterThan(100);
  },
  120_000,
);
