import { expect, test } from 'vitest';
import { attackWith, HOSTILE_INPUTS } from './hostile-inputs.ts';

/** The reliability run takes a hundred thousand of each. */
const ATTEMPTS = 1500;

test.each(Object.keys(HOSTILE_INPUTS))(
  '%s that were tampered with are read right or refused by code',
  async (kind) => {
    const { failures, refusals, accepted } = await attackWith(kind, ATTEMPTS);
    expect(failures).toEqual([]);
    const refused = Object.values(refusals).reduce((sum, times) => sum + times, 0);
    expect(refused + accepted).toBe(ATTEMPTS);
  },
);
