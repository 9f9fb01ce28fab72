import { expect, test } from 'vitest';
import { tryHostileRecords } from '../testing/hostile-records.ts';

const ATTEMPTS = 100_000;

test('a hundred thousand hostile records: typed refusals only, and memory that stays', async () => {
  const before = process.memoryUsage().rss;
  const { attempts, refused, harmless, slowestMs } = await tryHostileRecords(ATTEMPTS, 1_000_000);
  const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20;
  const codes = Object.entries(refused).sort(([, one], [, other]) => other - one);
  console.log(
    `${attempts} attempts, ${harmless} harmless, slowest ${slowestMs.toFixed(0)} ms, ${grownMiB.toFixed(0)} MiB more; ` +
      codes.map(([code, count]) => `${code} ${count}`).join(', '),
  );
  expect(Object.values(refused).reduce((sum, count) => sum + count, harmless)).toBe(ATTEMPTS);
  expect(grownMiB).toBeLessThan(300);
});
