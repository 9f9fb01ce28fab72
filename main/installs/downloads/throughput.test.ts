import { expect, test } from 'vitest';
import { Throughput } from './throughput.ts';

test('a job that is over before a second is says what it did, all others what they did a second', () => {
  const throughput = new Throughput();
  throughput.count('skylark', 2000, 3000);
  throughput.count('skylark', 5000, 7000);
  expect(throughput.briefOf('skylark')).toEqual({ networkBytes: 5000, diskBytes: 7000 });
  throughput.tick(1000);
  expect(throughput.briefOf('skylark')).toBeUndefined();
  expect(throughput.samples).toEqual([{ at: 1000, networkBytesPerSecond: 5000, diskBytesPerSecond: 7000 }]);
  expect(throughput.briefOf('orrery')).toBeUndefined();
});
