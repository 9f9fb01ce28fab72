import { expect, test } from 'vitest';
import { estimateSeconds } from './estimate-time.ts';

const figures = { downloadBytes: 100e6, requests: 100, writeBytes: 4000e6 };

test('the slower of network and disk decides', () => {
  const slowDisk = { networkBytesPerSecond: 10e6, diskBytesPerSecond: 100e6 };
  expect(estimateSeconds(figures, slowDisk)).toBe(40);
  expect(estimateSeconds(figures, { ...slowDisk, networkBytesPerSecond: 1e6 })).toBe(102);
});

test('says nothing while the speed that decides is unknown, and nothing takes no time', () => {
  const unknown = { networkBytesPerSecond: 0, diskBytesPerSecond: 0 };
  expect(estimateSeconds(figures, unknown)).toBeNull();
  expect(estimateSeconds({ ...figures, downloadBytes: 0 }, unknown)).toBeNull();
  expect(estimateSeconds({ downloadBytes: 0, requests: 0, writeBytes: 0 }, unknown)).toBe(0);
  expect(estimateSeconds(figures, { ...unknown, networkBytesPerSecond: 1e6 })).toBe(102);
  expect(
    estimateSeconds(
      { downloadBytes: 1, requests: 1, writeBytes: 1 },
      { ...unknown, networkBytesPerSecond: 1e9 },
    ),
  ).toBe(1);
});
