import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileEntry, Manifest } from '../formats/manifest.ts';
import { ByteIntervals } from './byte-intervals.ts';
import { type InstalledTree, intactTree } from './installed-tree.ts';
import type { PatchCandidate, PlanInput } from './plan.ts';
import { planRoute } from './plan-route.ts';
import { CHUNK_BYTES, manifestOf, PACKED_BYTES } from '../testing/chunk-manifest.ts';

function inputOf(old: Manifest | null, next: Manifest, more: Partial<PlanInput> = {}): PlanInput {
  const installed = old === null ? null : intactTree(old);
  const none: PlanInput = {
    installed,
    next,
    patches: [],
    staged: new Map(),
    preserved: new Set(),
    isPreserved: () => false,
  };
  return { ...none, ...more };
}

/** A patch with one segment for each named file. */
function patchFor(next: Manifest, sizes: Record<string, number>): PatchCandidate {
  let offset = 1000;
  const segments = Object.entries(sizes).map(([path, sizeBytes]) => {
    const entry = next.entries.findIndex((candidate) => candidate.path === path);
    const file = next.entries[entry] as FileEntry;
    const segment = {
      offset,
      sizeBytes,
      fetched: false,
      usable: true,
      reads: [],
      outputs: [{ entry, offset: 0, sizeBytes: file.sizeBytes, start: 0 }],
    };
    offset += sizeBytes;
    return segment;
  });
  return { segments };
}

const kindsOf = (input: PlanInput) => planRoute(input).operations.map(({ kind }) => kind);

describe('planRoute', () => {
  test('downloads everything for a first install, each chunk once', () => {
    const plan = planRoute(inputOf(null, manifestOf({ a: ['1', '2'], b: ['2', '3'] })));
    expect(plan).toMatchObject({ route: 'chunks', removals: [] });
    expect(plan.figures).toMatchObject({ downloadBytes: 3 * PACKED_BYTES, requests: 1, writeBytes: 4000 });
  });

  test('has nothing to do for the same build', () => {
    const build = manifestOf({ a: ['1'], b: ['2'] });
    const plan = planRoute(inputOf(build, build));
    expect(plan).toMatchObject({ route: 'none', removals: [] });
    expect(plan.figures).toMatchObject({ downloadBytes: 0, requests: 0, writeBytes: 0, changedFiles: 0 });
  });

  test('keeps what is the same, copies what moved, fetches only missing chunks, removes what is gone', () => {
    const old = manifestOf({ a: ['1', '2', '3'], gone: ['9'], moved: ['7', '8'] });
    const next = manifestOf({ a: ['1', 'x', '3'], elsewhere: ['7', '8'] });
    const plan = planRoute(inputOf(old, next));
    expect(plan.operations.map(({ kind }) => kind)).toEqual(['chunks', 'copy']);
    expect(plan.figures.downloadBytes).toBe(PACKED_BYTES);
    expect(plan.removals.map((index) => old.entries[index]?.path)).toEqual(['gone', 'moved']);
  });

  test('sets a mode without touching bytes', () => {
    const old = manifestOf({ a: ['1'] });
    const installed: InstalledTree = { ...intactTree(old), modes: Uint16Array.of(0o600) };
    expect(kindsOf(inputOf(old, old, { installed }))).toEqual(['mode']);
  });

  test('fetches a damaged chunk and takes its neighbours from the damaged file', () => {
    const build = manifestOf({ a: ['1', '2', '3'] });
    const damage = new ByteIntervals();
    damage.add(CHUNK_BYTES, CHUNK_BYTES);
    const installed: InstalledTree = {
      ...intactTree(build),
      states: ['damaged'],
      damage: new Map([[0, damage]]),
    };
    expect(planRoute(inputOf(build, build, { installed })).figures.downloadBytes).toBe(PACKED_BYTES);
  });

  test('does not plan again what is staged', () => {
    const next = manifestOf({ a: ['1', '2', '3'], b: ['4'] });
    const half = new ByteIntervals();
    half.add(0, 2 * CHUNK_BYTES);
    const staged = new Map<number, ByteIntervals | 'complete'>([
      [0, half],
      [1, 'complete'],
    ]);
    const { figures } = planRoute(inputOf(null, next, { staged }));
    expect(figures).toMatchObject({ downloadBytes: PACKED_BYTES, writeBytes: CHUNK_BYTES });
  });

  test('leaves the player’s preserved files alone, and does not remove them', () => {
    const old = manifestOf({ 'saves/a': ['1'], b: ['2'] });
    const next = manifestOf({ b: ['x'] });
    const isPreserved = (path: string) => path.startsWith('saves/');
    expect(planRoute(inputOf(old, next, { isPreserved })).removals).toEqual([]);
    expect(kindsOf(inputOf(old, next, { isPreserved, preserved: new Set([0]) }))).toEqual(['preserve']);
  });

  test('takes a patch, chunks, or each where it is cheaper', () => {
    const old = manifestOf({ a: ['1', '2'], b: ['3', '4'] });
    const next = manifestOf({ a: ['5', '6'], b: ['7', '8'] });
    const plan = (sizes: Record<string, number>) =>
      planRoute(inputOf(old, next, { patches: [patchFor(next, sizes)] }));
    expect(plan({ a: 10, b: 20 })).toMatchObject({
      route: 'patch',
      segments: [0, 1],
      figures: { downloadBytes: 30 },
    });
    expect(plan({ a: 9000, b: 9000 })).toMatchObject({ route: 'chunks', segments: [], patch: undefined });
    const mixed = plan({ a: 10, b: 9000 });
    expect(mixed).toMatchObject({ route: 'mixed', segments: [0] });
    expect(mixed.figures.downloadBytes).toBe(10 + 2 * PACKED_BYTES);
  });

  test('does not use segments whose old bytes are not there', () => {
    const old = manifestOf({ a: ['1', '2'] });
    const next = manifestOf({ a: ['5', '6'] });
    const [segment] = patchFor(next, { a: 10 }).segments;
    const patches = segment === undefined ? [] : [{ segments: [{ ...segment, usable: false }] }];
    expect(planRoute(inputOf(old, next, { patches })).route).toBe('chunks');
  });

  const trees = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd/e', 'd/f', 'g'),
    fc.array(fc.integer({ min: 0, max: 12 }).map(String), { maxLength: 6 }),
    { maxKeys: 6 },
  );

  test('accounts for every entry, and never costs more than a full download', () => {
    fc.assert(
      fc.property(trees, trees, fc.nat(3000), (oldFiles, nextFiles, patchBytes) => {
        const old = manifestOf(oldFiles);
        const next = manifestOf(nextFiles);
        const sizes = Object.fromEntries(
          Object.entries(nextFiles).flatMap(([path, chunks]) =>
            chunks.length > 0 ? [[path, patchBytes + 1]] : [],
          ),
        );
        const input = inputOf(old, next, { patches: [patchFor(next, sizes)] });
        const plan = planRoute(input);
        expect(plan.operations.map(({ entry }) => entry)).toEqual(next.entries.map((_, index) => index));
        expect(plan.figures.downloadBytes).toBeLessThanOrEqual(plan.figures.fullDownloadBytes);
        expect(planRoute(input)).toEqual(plan);
        const oldPaths = old.entries.map(({ path }) => path);
        const left = new Set([...oldPaths, ...next.entries.map(({ path }) => path)]);
        for (const index of plan.removals) left.delete(oldPaths[index] ?? '');
        expect([...left].sort()).toEqual(next.entries.map(({ path }) => path).sort());
      }),
    );
  });
});

describe('ByteIntervals', () => {
  test('is a set of byte positions', () => {
    const step = fc.record({ add: fc.boolean(), offset: fc.nat(40), sizeBytes: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), fc.nat(12), (steps, offset, sizeBytes) => {
        const intervals = new ByteIntervals();
        const positions = new Set<number>();
        for (const { add, offset: from, sizeBytes: count } of steps) {
          if (add) intervals.add(from, count);
          else intervals.remove(from, count);
          for (let at = from; at < from + count; at++) {
            if (add) positions.add(at);
            else positions.delete(at);
          }
        }
        const asked = Array.from({ length: sizeBytes }, (_, index) => offset + index);
        expect(intervals.totalBytes).toBe(positions.size);
        expect(intervals.covers(offset, sizeBytes)).toBe(asked.every((at) => positions.has(at)));
        expect(intervals.misses(offset, sizeBytes)).toBe(asked.every((at) => !positions.has(at)));
      }),
    );
  });
});
