import { expect, test } from 'vitest';
import type { MeasuredSpeeds } from '../../../patcher/plan/estimate-time.ts';
import type { Document } from '../../profile/document.ts';
import { createSpeedMemory, noSpeeds } from './measured-speeds.ts';

function memoryOf(stored: MeasuredSpeeds) {
  let value = stored;
  const document: Document<MeasuredSpeeds> = {
    get: () => value,
    update: async (change) => {
      value = change(value);
    },
    settled: async () => {},
    keptAside: null,
  };
  return { memory: createSpeedMemory(document), stored: () => value };
}

test('the first figure is taken as it is, later ones raise what is known quickly and lower it slowly', () => {
  const { memory } = memoryOf(noSpeeds);
  memory.note({ networkBytesPerSecond: 1000 });
  memory.note({ networkBytesPerSecond: 2000, diskBytesPerSecond: 500 });
  expect(memory.get()).toEqual({
    networkBytesPerSecond: 1300,
    diskBytesPerSecond: 500,
    patchBytesPerSecond: 0,
  });
  memory.note({ networkBytesPerSecond: 300 });
  memory.note({ networkBytesPerSecond: 0 });
  expect(memory.get().networkBytesPerSecond).toBe(1270);
});

test('is written down when told to, and known at the next start', async () => {
  const { memory, stored } = memoryOf(noSpeeds);
  memory.note({ patchBytesPerSecond: 40 });
  expect(stored()).toEqual(noSpeeds);
  await memory.keep();
  expect(memoryOf(stored()).memory.get().patchBytesPerSecond).toBe(40);
});

test('less than a second shows what is possible at least: it never lowers what is known, nor what is assumed', () => {
  const { memory } = memoryOf(noSpeeds);
  memory.noteAtLeast({ networkBytesPerSecond: 40_000, diskBytesPerSecond: 40_000 });
  expect(memory.get()).toEqual(noSpeeds);
  memory.noteAtLeast({ networkBytesPerSecond: 20_000_000, diskBytesPerSecond: 300_000_000 });
  expect(memory.get()).toMatchObject({ networkBytesPerSecond: 20_000_000, diskBytesPerSecond: 300_000_000 });
  memory.noteAtLeast({ networkBytesPerSecond: 19_000_000, diskBytesPerSecond: 400_000_000 });
  expect(memory.get()).toMatchObject({ networkBytesPerSecond: 20_000_000, diskBytesPerSecond: 330_000_000 });
});
