import { expect, test } from 'vitest';
import { type HostileRecords, tryHostileRecords } from '../testing/trust/hostile-records.ts';

const ATTEMPTS = Number(process.env.GANTRY_RECORDS ?? 100_000);
const ROUNDS = 10;

test('a hundred thousand hostile records: typed refusals only, and memory that stays', async () => {
  const rounds: HostileRecords[] = [];
  const residentMiB: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const attempts = ATTEMPTS / ROUNDS;
    rounds.push(await tryHostileRecords(attempts, 1_000_000 + round * attempts));
    residentMiB.push(process.memoryUsage().rss / 2 ** 20);
  }
  const refused: Record<string, number> = {};
  for (const [code, count] of rounds.flatMap((round) => Object.entries(round.refused))) {
    refused[code] = (refused[code] ?? 0) + count;
  }
  const harmless = rounds.reduce((sum, round) => sum + round.harmless, 0);
  const slowestMs = Math.max(...rounds.map((round) => round.slowestMs));
  console.log(
    `${ATTEMPTS} attempts, ${harmless} harmless, slowest ${slowestMs.toFixed(0)} ms, ` +
      `resident ${residentMiB.map((mib) => mib.toFixed(0)).join(' ')} MiB; ${JSON.stringify(refused)}`,
  );
  expect(Object.values(refused).reduce((sum, count) => sum + count, harmless)).toBe(ATTEMPTS);
  // The second half grows by what the collector happens to hold, not with the attempts.
  expect((residentMiB.at(-1) ?? 0) - (residentMiB[ROUNDS / 2] ?? 0)).toBeLessThan(150);
});
