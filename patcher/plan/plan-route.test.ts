import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileEntry, Manifest } from '../formats/manifest.ts';
import { ByteIntervals } from './byte-intervals.ts';
import { type InstalledTree, intactTree } from './installed-tree.ts';
import type { PatchCandidate, PlanInput } from './plan.ts';
import { planRoute } from './plan-route.ts';
import { CHUNK_BYTES, manifestOf, PACKED_BYTES } from '../testing/builds/chunk-manifest.ts';

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

  test('makes by a chain what is cheaper so, and counts what it makes on its way once', () => {
    const old = manifestOf({ a: ['1', '2'], b: ['3', '4'], c: ['5', '6'] });
    const next = manifestOf({ a: ['7', '8'], b: ['9', 'x'], c: ['y', 'z'] });
    const between = [
      { hop: 0, offset: 0, sizeBytes: 500, madeBytes: 5000, fetched: false, isMade: false },
      { hop: 0, offset: 90_000, sizeBytes: 4000, madeBytes: 100, fetched: false, isMade: false },
    ];
    const chain = (isMade: boolean): PatchCandidate => ({
      segments: patchFor(next, { a: 10, b: 20, c: 30 }).segments.map((segment, index) => ({
        ...segment,
        needs: index === 2 ? [0, 1] : [0],
      })),
      between: between.map((segment, index) => ({ ...segment, isMade: isMade && index === 0 })),
    });
    const plan = planRoute(inputOf(old, next, { patches: [chain(false)] }));
    expect(plan).toMatchObject({ route: 'mixed', segments: [0, 1], between: [0] });
    expect(plan.figures).toMatchObject({
      downloadBytes: 10 + 20 + 500 + 2 * PACKED_BYTES,
      patchHops: 2,
      patchedBytes: 5000 + 4 * CHUNK_BYTES,
      writeBytes: 5000 + 6 * CHUNK_BYTES,
    });
    const resumed = planRoute(inputOf(old, next, { patches: [chain(true)] }));
    expect(resumed.figures.downloadBytes).toBe(10 + 20 + 2 * PACKED_BYTES);
    expect(plan.figures.diskPeakBytes - resumed.figures.diskPeakBytes).toBe(8192);
    const single = patchFor(next, { a: 100, b: 100, c: 100 });
    expect(planRoute(inputOf(old, next, { patches: [single, chain(false)] }))).toMatchObject({
      patch: 0,
      between: [],
      figures: { downloadBytes: 300, patchHops: 1 },
    });
  });

  test('chooses by time where the fewest bytes take clearly longer, or as the player prefers', () => {
    const old = manifestOf({ a: Array.from({ length: 40 }, (_, index) => `o${index}`) });
    const next = manifestOf({ a: Array.from({ length: 40 }, (_, index) => `n${index}`) });
    const patches = [patchFor(next, { a: 2000 })];
    const route = (patchBytesPerSecond: number, prefer?: PlanInput['prefer']) => {
      const speeds = { networkBytesPerSecond: 1e6, diskBytesPerSecond: 1e6, patchBytesPerSecond };
      const plan = planRoute(inputOf(old, next, { patches, speeds, prefer }));
      return [plan.route, plan.figures.seconds];
    };
    expect(route(0)).toEqual(['patch', 1]);
    expect(route(1e5)).toEqual(['patch', 1]);
    expect(route(1e3)).toEqual(['chunks', 1]);
    expect(route(4e3)).toEqual(['patch', 10]);
    expect(route(4e3, 'time')).toEqual(['chunks', 1]);
    expect(route(1e3, 'bytes')).toEqual(['patch', 40]);
    expect(planRoute(inputOf(old, next, { patches, prefer: 'time' }))).toMatchObject({
      route: 'patch',
      figures: { seconds: null },
    });
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

describe('a plan with patches and chains', () => {
  const bytes = fc.integer({ min: 1, max: 3000 });
  const chains = fc.record({
    between: fc.array(fc.record({ sizeBytes: bytes, madeBytes: bytes, isMade: fc.boolean() }), {
      maxLength: 6,
    }),
    needs: fc.array(fc.array(fc.nat(5), { maxLength: 3 }), { minLength: 5, maxLength: 5 }),
    sizes: fc.array(bytes, { minLength: 5, maxLength: 5 }),
    direct: fc.array(bytes, { minLength: 5, maxLength: 5 }),
  });

  test('costs no more than any way of one kind, and fetches exactly what it names', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const next = manifestOf(Object.fromEntries(names.map((name) => [name, [`${name}1`, `${name}2`]])));
    const old = manifestOf(Object.fromEntries(names.map((name) => [name, [`${name}0`]])));
    const toSizes = (sizes: readonly number[]) =>
      Object.fromEntries(names.map((name, index) => [name, sizes[index] as number]));
    fc.assert(
      fc.property(chains, ({ between, needs, sizes, direct }) => {
        const rows = between.map((row, index) => ({
          ...row,
          hop: 0,
          offset: index * 1_000_000,
          fetched: false,
        }));
        const needsOf = (index: number) =>
          [...new Set(needs[index])].filter((row) => row < rows.length).sort((a, b) => a - b);
        const chain: PatchCandidate = {
          segments: patchFor(next, toSizes(sizes)).segments.map((segment, index) => {
            return { ...segment, offset: index * 1_000_000, needs: needsOf(index) };
          }),
          between: rows,
        };
        const single = patchFor(next, toSizes(direct));
        const plan = planRoute(inputOf(old, next, { patches: [single, chain] }));
        const alone = (patches: PatchCandidate[]) =>
          planRoute(inputOf(old, next, { patches })).figures.downloadBytes;
        expect(plan.figures.downloadBytes).toBe(Math.min(alone([]), alone([single]), alone([chain])));
        if (plan.patch !== 1) return;
        const wanted = [...new Set(plan.segments.flatMap(needsOf))].sort((a, b) => a - b);
        expect(plan.between).toEqual(wanted);
        const cost = (index: number) => (rows[index]?.isMade === true ? 0 : (rows[index]?.sizeBytes ?? 0));
        const byPatch = plan.segments.reduce((sum, index) => sum + (sizes[index] as number), 0);
        const onTheWay = wanted.reduce((sum, index) => sum + cost(index), 0);
        const byChunks = plan.operations.filter(({ kind }) => kind === 'chunks').length * 2 * PACKED_BYTES;
        expect(plan.figures.downloadBytes).toBe(byPatch + onTheWay + byChunks);
        // What the whole chain would cost, and each file alone with all it needs.
        const all = sizes.reduce((sum, size) => sum + size, 0);
        const needed = [...new Set(names.flatMap((_, index) => needsOf(index)))];
        expect(plan.figures.downloadBytes).toBeLessThanOrEqual(
          all + needed.reduce((sum, index) => sum + cost(index), 0),
        );
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
