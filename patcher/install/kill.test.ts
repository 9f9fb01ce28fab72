import { expect, test } from 'vitest';
import { runKillScenario } from '../testing/jobs/kill-scenario.ts';

/** A dozen in the suite; `GANTRY_KILLS=50` for more, and the soak for many. */
const KILLS = Number(process.env.GANTRY_KILLS ?? 12);

test('killed at any moment of an update by a chain of patches, it is the old build or the new one', async () => {
  const report = await runKillScenario({ seed: 8, killsMin: Math.ceil(KILLS / 3), by: 'chain' });
  expect(report.checks).toBe(report.kills);
}, 300_000);

test('killed at any moment, an install is the old build or the new one and the next call ends', async () => {
  const report = await runKillScenario({ seed: 7, killsMin: KILLS });
  expect(report.kills).toBeGreaterThanOrEqual(KILLS);
  expect(report.checks).toBe(report.kills);
}, 300_000);
