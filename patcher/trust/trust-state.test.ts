import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sweepTrustFaults } from '../testing/trust/trust-faults.ts';

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-trust-state-'));
});
afterEach(async () => {
  await rm(scratch, { recursive: true, force: true });
});

test('killed at a call of its writing, the memory is the one before or the one after, and nothing is refused next', async () => {
  const { faults, wrong } = await sweepTrustFaults(scratch, 'new-keys', { every: 3, effects: ['kill'] });
  expect(wrong).toEqual([]);
  expect(faults).toBeGreaterThan(2);
});
