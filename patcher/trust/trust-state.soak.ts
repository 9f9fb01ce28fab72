import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sweepTrustFaults } from '../testing/trust/trust-faults.ts';
import { TRUST_STEPS } from '../testing/trust/trust-steps.ts';

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-trust-state-'));
});
afterEach(async () => {
  await rm(scratch, { recursive: true, force: true });
});

test.each(TRUST_STEPS)(
  'killed or failed at every call while it takes "%s", the memory is the one before or the one after',
  async (step) => {
    const effects = ['kill', 'EIO', 'ENOSPC'];
    const { calls, faults, wrong } = await sweepTrustFaults(scratch, step, { every: 1, effects });
    console.log(`${step}: ${calls} calls, ${faults} faults, ${wrong.length} wrong`);
    expect(wrong).toEqual([]);
  },
);
