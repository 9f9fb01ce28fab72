import { describe, expect, test } from 'vitest';
import { runFaultScenario } from '../testing/jobs/fault-scenario.ts';

/** Evenly spread over an update's calls; the soak takes every one. */
function spread(count: number): (calls: number) => number[] {
  return (calls) =>
    Array.from({ length: count }, (_, index) => 1 + Math.floor((index * (calls - 1)) / (count - 1)));
}

describe('an update struck at one of its calls is the old build or the new one, and then ends', () => {
  test('by kill -9', async () => {
    const report = await runFaultScenario({ effect: 'kill' }, spread(7));
    expect(report.struck).toBe(7);
    expect(report.calls).toBeGreaterThan(40);
  }, 240_000);

  test.each([
    ['ENOSPC', false, 'INSTALL_DISK_FULL'],
    ['EACCES', true, 'INSTALL_NO_PERMISSION'],
  ])(
    'by %s (persistent: %s)',
    async (errno, persistent, code) => {
      const report = await runFaultScenario({ effect: errno, persistent }, spread(3));
      expect([...report.codes].every((seen) => seen.startsWith('INSTALL_'))).toBe(true);
      expect(report.codes).toContain(code);
    },
    240_000,
  );
});
