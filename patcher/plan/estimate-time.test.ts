import { expect, test } from 'vitest';
import { estimateSeconds, estimateTime } from './estimate-time.ts';

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

test('people are told a time before anything was measured, and what it assumes', () => {
  expect(estimateTime(work, unknown)).toEqual({
    seconds: 40,
    assumed: { of: 'network', bytesPerSecond: 6_250_000 },
  });
  expect(estimateTime({ ...work, downloadBytes: 0 }, unknown)).toEqual({
    seconds: 40,
    assumed: { of: 'disk', bytesPerSecond: 100_000_000 },
  });
  expect(estimateTime(nothing, unknown)).toEqual({ seconds: 0, assumed: null });
});

test('what was measured is told as it is, and a limit counts as it is set', () => {
  const measured = { ...unknown, networkBytesPerSecond: 10e6, diskBytesPerSecond: 1e9 };
  expect(estimateTime(work, measured)).toEqual({ seconds: 12, assumed: null });
  expect(estimateTime(work, measured, 1e6)).toEqual({ seconds: 102, assumed: null });
  expect(estimateTime(work, unknown, 1e6)).toEqual({ seconds: 102, assumed: null });
});
