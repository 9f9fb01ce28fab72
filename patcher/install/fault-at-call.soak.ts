import { expect, test } from 'vitest';
import { runFaultScenario } from '../testing/jobs/fault-scenario.ts';

function every(calls: number): number[] {
  return Array.from({ length: calls }, (_, index) => index + 1);
}

test('killed at every call', async () => {
  const report = await runFaultScenario({ effect: 'kill' }, every);
  expect(report.struck).toBe(report.calls);
}, 1_800_000);

test.each([
  ['ENOSPC', false],
  ['ENOSPC', true],
  ['EIO', false],
  ['EIO', true],
  ['EACCES', false],
  ['EROFS', true],
  ['EBUSY', false],
  ['EMFILE', false],
])(
  '%s at every call (persistent: %s)',
  async (effect, persistent) => {
    const report = await runFaultScenario({ effect, persistent }, every);
    expect([...report.codes].every((seen) => seen.startsWith('INSTALL_'))).toBe(true);
  },
  1_800_000,
);
