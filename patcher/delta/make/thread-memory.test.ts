import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { layOldSpace } from '../plan/old-space.ts';
import { chooseSegmentLimits } from '../plan/segment-limits.ts';
import type { ScheduledSegment } from './segment-schedule.ts';
import {
  countMapBytes,
  countThreadBytes,
  countThreads,
  countUsefulThreads,
  isLittleWork,
} from './thread-memory.ts';

const MEBIBYTE = 2 ** 20;
const EFFORTS = ['fast', 'default', 'max'] as const;

function segment(
  newMiB: number,
  oldMiB: number,
  task: Partial<ScheduledSegment['task']> = {},
): ScheduledSegment {
  return {
    spans: [{ start: 0, length: oldMiB * MEBIBYTE }],
    task: {
      newBytes: newMiB * MEBIBYTE,
      pieces: [],
      copies: [],
      streams: [],
      effort: 'default',
      secondOpinion: false,
      limits: chooseSegmentLimits(Infinity, 'default'),
      ...task,
    },
  };
}

function budget(memoryMiB: number): { memoryBudgetBytes: number; indexBudgetBytes: number } {
  return { memoryBudgetBytes: memoryMiB * MEBIBYTE, indexBudgetBytes: (memoryMiB * MEBIBYTE) / 2 };
}

function repeat(count: number, each: ScheduledSegment): ScheduledSegment[] {
  return Array.from({ length: count }, () => each);
}

describe('work for which no thread is started', () => {
  it('is a program of 11 MiB at every effort but the highest, and one of 118 MiB at the lowest', () => {
    const isLittle = (count: number, effort: (typeof EFFORTS)[number]): boolean =>
      isLittleWork(repeat(count, segment(5.5, 11, { effort })));
    expect(EFFORTS.map((effort) => isLittle(2, effort))).toEqual([true, true, false]);
    expect(EFFORTS.map((effort) => isLittle(21, effort))).toEqual([true, false, false]);
    expect(EFFORTS.map((effort) => isLittle(24, effort))).toEqual([false, false, false]);
  });
});

describe('the threads that a budget allows', () => {
  it('are two with the default budget for a program of 118 MiB, and one with less', () => {
    const segments = repeat(15, segment(8, 118));
    expect(countThreads(budget(512), segments, 16)).toBe(2);
    expect(countThreads(budget(384), segments, 16)).toBe(1);
    expect(countThreads(budget(2048), segments, 16)).toBeGreaterThan(8);
  });

  it('never hold more, together with the index, than the budget', () => {
    for (const effort of EFFORTS) {
      for (const memoryMiB of [512, 1024, 4096]) {
        const segments = repeat(64, segment(8, 100, { effort }));
        const threads = countThreads(budget(memoryMiB), segments, 1000);
        const held = threads * countThreadBytes(segments) + 100 * MEBIBYTE;
        expect(threads).toBeGreaterThanOrEqual(1);
        expect(held).toBeLessThanOrEqual(memoryMiB * MEBIBYTE);
      }
    }
  });

  it('are as many as are wanted where the budget allows it, and no more than there are segments', () => {
    const segments = repeat(6, segment(8, 2));
    expect(countThreads(budget(2048), segments, 2)).toBe(2);
    expect(countThreads(budget(2048), repeat(3, segment(8, 2, { effort: 'max' })), 8)).toBe(3);
    expect(countThreads(budget(64), segments, 8)).toBe(1);
  });

  it('are one where starting another takes longer than it saves', () => {
    expect(countUsefulThreads(repeat(2, segment(5.5, 11)))).toBe(1);
    expect(countUsefulThreads(repeat(3, segment(8, 11, { effort: 'fast' })))).toBe(1);
    expect(countUsefulThreads(repeat(100, segment(8, 11)))).toBe(availableParallelism());
  });

  it('are counted by the largest segment, with its streams expanded', () => {
    const stream = {
      pieces: [{ offset: 0, sizeBytes: MEBIBYTE }],
      packedBytes: MEBIBYTE,
      inflatedBytes: 5 * MEBIBYTE,
    } as unknown as ScheduledSegment['task']['streams'][number];
    const plain = segment(8, 100);
    const expanded = segment(8, 100, { streams: [stream] });
    expect(countThreadBytes([plain, segment(1, 1)])).toBe(countThreadBytes([plain]));
    expect(countThreadBytes([plain, expanded])).toBeGreaterThan(countThreadBytes([plain]) + 8 * MEBIBYTE);
  });
});

describe('what an address map takes', () => {
  const oldSpace = layOldSpace([
    { path: 'a', sizeBytes: 10 * MEBIBYTE },
    { path: 'b', sizeBytes: 100 * MEBIBYTE },
  ]);
  const data = { oldSpace, oldStreams: [] };
  const pair = { newFileBytes: 120 * MEBIBYTE, oldFile: 1 };

  it('includes the old file only where the index does not hold it whole', () => {
    const held = countMapBytes(pair, [{ start: 0, length: 110 * MEBIBYTE }], data);
    const cut = countMapBytes(pair, [{ start: 0, length: 109 * MEBIBYTE }], data);
    expect(held).toBe(150 * MEBIBYTE);
    expect(cut).toBe(250 * MEBIBYTE);
  });
});
