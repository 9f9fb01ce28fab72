import { expect } from 'vitest';
import type { ScannedTree } from '../../scan/scan-tree.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import type { MakePatchOptions } from '../make/make-patch.ts';
import { openBytes, type PatchFixture } from './patch-fixture.ts';
import type { RandomBuilds } from './random-edits.ts';

const MEBIBYTE = 2 ** 20;

/** Every way to make a patch that changes what lies in it, or how it is found. */
export const WAYS: readonly Partial<MakePatchOptions>[] = (['fast', 'default', 'max'] as const).flatMap(
  (effort) =>
    [512, 16].flatMap((budget) =>
      [64 * 1024, 8 * MEBIBYTE].map((segmentBytes) => ({
        effort,
        memoryBudgetBytes: budget * MEBIBYTE,
        segmentBytes,
        secondOpinion: false,
      })),
    ),
);

/** What patches of one run held. */
export interface RoundTripReport {
  readonly patches: number;
  readonly segments: number;
  readonly addressMaps: number;
}

/**
 * Make patches between two builds, forward and back, and apply each: the trees must be equal to the byte. Those that lead
 * forward are made twice, on different numbers of threads, and must be the same.
 */
export async function checkRoundTrip(
  fixture: PatchFixture,
  { old, next }: RandomBuilds,
  ways: readonly Partial<MakePatchOptions>[],
): Promise<RoundTripReport> {
  const trees = [await fixture.write(old), await fixture.write(next)] as [ScannedTree, ScannedTree];
  const report = { patches: 0, segments: 0, addressMaps: 0 };
  for (const way of ways) {
    for (const [from, to] of [trees, trees.toReversed()] as [ScannedTree, ScannedTree][]) {
      const { bytes } = await fixture.make(from, to, { ...way, workers: 1 });
      if (from === trees[0]) {
        const again = await fixture.make(from, to, { ...way, workers: 2 });
        expect(again.bytes.equals(bytes), 'the same patch on one thread and on two').toBe(true);
      }
      expect(await compareTrees(to.root, await fixture.apply(bytes, from.root))).toEqual([]);
      const { patch } = await openBytes(bytes);
      report.patches++;
      report.segments += patch.segments.length;
      report.addressMaps += patch.addressMaps.length;
    }
  }
  return report;
}
