import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Manifest } from '../formats/manifest.ts';
import { sha256At } from '../formats/sha256.ts';
import { manifestOf } from '../testing/builds/chunk-manifest.ts';
import { forEachChunk, intactTree } from './installed-tree.ts';
import { type LowSpacePlan, planLowSpace } from './low-space.ts';
import { planRoute } from './plan-route.ts';

const names = fc.constantFrom('a', 'A', 'b', 'c', 'd/a', 'd/b', 'd');
const chunks = fc.array(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8'), {
  minLength: 1,
  maxLength: 4,
});
const files = fc.dictionary(names, chunks, { minKeys: 1 }).filter(isTree);

/** No file above another, no two that differ by case. */
function isTree(build: Record<string, unknown>): boolean {
  const keys = Object.keys(build);
  const folded = new Set(keys.map((name) => name.toLowerCase()));
  return folded.size === keys.length && !('d' in build && ('d/a' in build || 'd/b' in build));
}

function hashesOf(manifest: Manifest, entry: number): string[] {
  const file = manifest.entries[entry];
  const hashes: string[] = [];
  if (file?.kind === 'file')
    forEachChunk(manifest, file, (row) => hashes.push(sha256At(manifest.chunks.sha256, row)));
  return hashes;
}

/** Carry the steps out on paper. @returns Hashes that had to be fetched, each as often as it was. */
function walk(old: Manifest, next: Manifest, { batches }: LowSpacePlan, kept: readonly number[]): string[] {
  const tree = new Map(old.entries.map(({ path }, index) => [path, { manifest: old, index }] as const));
  const retained = new Map<string, { manifest: Manifest; index: number }>();
  const fetched: string[] = [];
  const placed = new Set(kept.map((entry) => next.entries[entry]?.path));
  for (const batch of batches) {
    const sources = [...tree.entries()].filter(
      ([path, { manifest }]) => manifest === old || placed.has(path),
    );
    const here = new Set(
      [...sources.map(([, source]) => source), ...retained.values()].flatMap(({ manifest, index }) =>
        hashesOf(manifest, index),
      ),
    );
    fetched.push(
      ...new Set(batch.entries.flatMap((entry) => hashesOf(next, entry)).filter((hash) => !here.has(hash))),
    );
    for (const path of batch.retain) {
      const source = tree.get(path);
      if (source === undefined) throw new Error(`${path} is not there to be retained`);
      retained.set(path, source);
      tree.delete(path);
    }
    for (const path of batch.clear) expect(tree.delete(path)).toBe(true);
    for (const entry of batch.entries) {
      const path = next.entries[entry]?.path ?? '';
      for (const there of tree.keys()) {
        // What lies there must be the very file it replaces, on every file system.
        const conflicts =
          there !== path &&
          (there.toLowerCase() === path.toLowerCase() || isBelow(there, path) || isBelow(path, there));
        expect(conflicts).toBe(false);
      }
      tree.set(path, { manifest: next, index: entry });
      placed.add(path);
    }
    for (const path of batch.release) expect(retained.delete(path)).toBe(true);
    for (const path of batch.remove) expect(tree.delete(path)).toBe(true);
  }
  expect(retained.size).toBe(0);
  expect([...tree.keys()].sort()).toEqual(next.entries.map(({ path }) => path).sort());
  return fetched;
}

function isBelow(inner: string, outer: string): boolean {
  return inner.startsWith(`${outer}/`);
}

function inputOf(old: Manifest, next: Manifest) {
  const preserved = { preserved: new Set<number>(), isPreserved: () => false };
  return { installed: intactTree(old), next, patches: [], staged: new Map(), ...preserved };
}

test('no step destroys what a later one reads, and nothing is fetched that is on disk or was fetched', () => {
  fc.assert(
    fc.property(files, files, fc.constantFrom(1, 2500, 1e9), (before, after, batchBytes) => {
      const [old, next] = [manifestOf(before), manifestOf(after)];
      const input = inputOf(old, next);
      const plan = planRoute(input);
      const lowSpace = planLowSpace(input, plan, batchBytes);
      if (lowSpace === undefined) {
        expect(plan.operations.every(({ kind }) => kind === 'keep')).toBe(true);
        return;
      }
      const kept = plan.operations.filter(({ kind }) => kind === 'keep').map(({ entry }) => entry);
      const fetched = walk(old, next, lowSpace, kept);
      const known = new Set(old.entries.flatMap((_, index) => hashesOf(old, index)));
      const needed = new Set(next.entries.flatMap((_, index) => hashesOf(next, index)));
      expect([...fetched].sort()).toEqual([...needed].filter((hash) => !known.has(hash)).sort());
      // All at once is what the other way needs; steps never need more than that by what they note down.
      expect(lowSpace.diskPeakBytes).toBeLessThanOrEqual(plan.figures.diskPeakBytes + 4096 * 8);
    }),
    { numRuns: 500 },
  );
});

test('two files that change places: one is retained, at no more space than the ordinary way', () => {
  const big = (name: string) => Array.from({ length: 100 }, (_, index) => `${name}${index}`);
  const old = manifestOf({ a: [...big('a'), 'x'], b: [...big('b'), 'y'] });
  const next = manifestOf({ a: [...big('b'), '1'], b: [...big('a'), '2'] });
  const input = inputOf(old, next);
  const plan = planRoute(input);
  const lowSpace = planLowSpace(input, plan, 1);
  expect(lowSpace?.batches.map(({ retain, release }) => [retain.length, release.length])).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(plan.figures.diskPeakBytes).toBeGreaterThan(2 * 101_000);
  // The first is made beside both, then its old file stays for the second: two files at the worst moment.
  expect(lowSpace?.diskPeakBytes).toBeLessThan(plan.figures.diskPeakBytes + 4096);
});
