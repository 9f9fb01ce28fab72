import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OldSpan } from './old-space.ts';
import type { PatchPlan } from './plan-patch.ts';
import { planParts } from './plan-parts.ts';

const MEBIBYTE = 2 ** 20;

interface PlannedFile {
  readonly path: string;
  readonly segments: number;
  readonly mode?: number;
}

/** As much of a plan as matters here: files one after the other, in segments of 8 MiB, with these indexes. */
function planOf(files: readonly PlannedFile[], indexOf: (row: number) => number = () => 0): PatchPlan {
  const indexes = new Map<number, readonly OldSpan[]>();
  const spansOf = (row: number): readonly OldSpan[] => {
    const spans = indexes.get(indexOf(row)) ?? [];
    indexes.set(indexOf(row), spans);
    return spans;
  };
  const rows = files.flatMap(({ path, segments }) => Array.from({ length: segments }, () => path));
  return {
    newTree: { entries: files.map(({ path, mode = 0o644 }) => ({ kind: 'file', path, mode })) },
    segments: rows.map((path, row) => ({
      spans: spansOf(row),
      task: { pieces: [{ path, length: 8 * MEBIBYTE }] },
    })),
  } as unknown as PatchPlan;
}

function ends(plan: PatchPlan, segmentsPerPart: number): number[] {
  return planParts(plan, { segmentsPerPart }).map(({ end }) => end);
}

describe('planParts', () => {
  it('is one part while the segments are no more than a part may have', () => {
    expect(ends(planOf([{ path: 'data.pak', segments: 64 }]), 64)).toEqual([64]);
  });

  it('divides a large pack evenly', () => {
    expect(ends(planOf([{ path: 'data.pak', segments: 65 }]), 64)).toEqual([33, 65]);
  });

  it('cuts where the index changes rather than in the middle of one', () => {
    const plan = planOf([{ path: 'data.pak', segments: 20 }], (row) => Math.floor(row / 7));
    expect(ends(plan, 10)).toEqual([7, 14, 20]);
  });

  it('keeps an executable together, by its name or its mode', () => {
    const before = { path: 'data.pak', segments: 8 };
    const after = { path: 'more.pak', segments: 8 };
    expect(ends(planOf([before, { path: 'game.dll', segments: 4 }, after]), 10)).toEqual([8, 18, 20]);
    expect(ends(planOf([before, { path: 'game', segments: 4, mode: 0o755 }, after]), 10)).toEqual([
      8, 18, 20,
    ]);
    expect(ends(planOf([before, { path: 'game', segments: 4 }, after]), 10)).toEqual([10, 20]);
    expect(ends(planOf([{ path: 'game.exe', segments: 30 }, after]), 10)).toEqual([30, 38]);
  });

  it('divides an executable that is larger than 512 MiB', () => {
    expect(ends(planOf([{ path: 'game.exe', segments: 65 }]), 64)).toEqual([33, 65]);
  });

  it('covers all segments in order, whatever they are of', () => {
    const files = fc.array(
      fc.record({
        path: fc.constantFrom('a.pak', 'b.exe', 'c'),
        segments: fc.nat(40),
        mode: fc.constantFrom(0o644, 0o755),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        files,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        (list, perPart, perIndex) => {
          const named = list.map((each, row) => ({ ...each, path: `${row}/${each.path}` }));
          const plan = planOf(named, (row) => Math.floor(row / perIndex));
          const parts = planParts(plan, { segmentsPerPart: perPart });
          let covered = 0;
          for (const { first, end } of parts) {
            expect(first).toBe(covered);
            expect(end).toBeGreaterThan(first);
            covered = end;
          }
          expect(covered).toBe(plan.segments.length);
        },
      ),
    );
  });
});
