import { expect, test } from 'vitest';
import { estimateSeconds } from './estimate-time.ts';

const work = { downloadBytes: 100e6, requests: 100, writeBytes: 4000e6, patchedBytes: 3000e6 };
const nothing = { downloadBytes: 0, requests: 0, writeBytes: 0, patchedBytes: 0 };
const unknown = { networkBytesPerSecond: 0, diskBytesPerSecond: 0, patchBytesPerSecond: 0 };

test('the slowest of network, disk and patching decides', () => {
  const slowDisk = { ...unknown, networkBytesPerSecond: 10e6, diskBytesPerSecond: 100e6 };
  expect(estimateSeconds(work, slowDisk)).toBe(40);
  expect(estimateSeconds(work, { ...slowDisk, networkBytesPerSecond: 1e6 })).toBe(102);
  expect(estimateSeconds(work, { ...slowDisk, patchBytesPerSecond: 10e6 })).toBe(300);
});

test('says nothing while the speed that decides is unknown, and nothing takes no time', () => {
  expect(estimateSeconds(work, unknown)).toBeNull();
  expect(estimateSeconds({ ...work, downloadBytes: 0 }, unknown)).toBeNull();
  expect(estimateSeconds(nothing, unknown)).toBe(0);
  expect(estimateSeconds(work, { ...unknown, networkBytesPerSecond: 1e6 })).toBe(102);
  expect(
    estimateSeconds(
      { ...nothing, downloadBytes: 1, requests: 1, writeBytes: 1 },
      { ...unknown, networkBytesPerSecond: 1e9 },
    ),
  ).toBe(1);
});
