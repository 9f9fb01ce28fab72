import { expect, test } from 'vitest';
import { runKillScenario } from '../testing/jobs/kill-scenario.ts';

const SEEDS = [11, 12, 13, 14, 15];
const KILLS = Number(process.env.GANTRY_KILLS ?? 50);

test('killed at any moment of an update by a chain of patches, it is the old build or the new one', async () => {
  const report = await runKillScenario({ seed: 21, killsMin: KILLS, by: 'chain' });
  expect(report.checks).toBe(report.kills);
}, 900_000);

test.each(SEEDS)(
  'seed %i: killed at any moment, an install is the old build or the new one',
  async (seed) => {
    const report = await runKillScenario({ seed, killsMin: KILLS });
    expect(report.checks).toBe(report.kills);
  },
  900_000,
);
