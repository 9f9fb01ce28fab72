import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MatchKernel, type MatchHint, type MatchSearch, type PricedSearch } from './match-kernel.ts';
import { createMatchMemory } from './match-memory.ts';

const PRICED: PricedSearch = {
  settledBytes: 32,
  candidatesMax: 4,
  trustedScore: 32,
  prices: {
    equal: 1,
    equalAfterDifference: 12,
    difference: 48,
    differenceAfterDifference: 16,
    differenceScale: 16,
    predictedDifference: 20,
    row: 416,
    seekBit: 14,
    gap: 48,
    predictedLiteral: 16,
    literalScale: 14,
  },
};

interface Sides {
  readonly oldBytes: Uint8Array;
  readonly newBytes: Uint8Array;
}

interface Row {
  readonly newStart: number;
  readonly oldStart: number;
  readonly length: number;
}

/** Two threads' kernels over one index. */
function openKernels({ oldBytes, newBytes }: Sides, step: number, windowBytes: number): MatchKernel[] {
  const bucketCount = Math.ceil((oldBytes.length + 1) / 4);
  const indexBytes = oldBytes.length + 32 * bucketCount + 2 ** 17;
  const shared = createMatchMemory({ indexBytes, newBytesMax: newBytes.length, threads: 2 });
  const kernels = [0, 1].map((thread) => new MatchKernel(shared, thread, () => {}));
  const index = { oldBytes: oldBytes.length, bucketCount, step, windowBytes };
  for (const kernel of kernels) kernel.openIndex(index);
  kernels[0]?.old.set(oldBytes);
  kernels[0]?.buildIndex();
  for (const kernel of kernels) kernel.loadNew(newBytes);
  return kernels;
}

function listRows(triples: Uint32Array): Row[] {
  return Array.from({ length: triples.length / 3 }, (_, row) => ({
    newStart: triples[3 * row] as number,
    oldStart: triples[3 * row + 1] as number,
    length: triples[3 * row + 2] as number,
  }));
}

function match(sides: Sides, search: MatchSearch, hints: readonly MatchHint[] = []): Row[] {
  const [kernel] = openKernels(sides, 1, 12) as [MatchKernel];
  return listRows(kernel.matchRange({ start: 0, end: sides.newBytes.length, hints }, search));
}

function randomBytes(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** New bytes pieced together from slices of the old ones, edits, runs and bytes of their own. */
const sides = fc
  .record({
    seed: fc.nat(),
    oldLength: fc.integer({ min: 0, max: 6000 }),
    alphabet: fc.constantFrom(2, 16, 256),
    pieces: fc.array(
      fc.record({
        from: fc.nat(6000),
        length: fc.integer({ min: 0, max: 900 }),
        kind: fc.constantFrom('copy', 'edit', 'run', 'fresh'),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ seed, oldLength, alphabet, pieces }): Sides => {
    const oldBytes = randomBytes(oldLength, seed).map((byte) => byte % alphabet);
    const parts = pieces.map(({ from, length, kind }) => {
      if (kind === 'run') return new Uint8Array(length).fill(from);
      if (kind === 'fresh') return randomBytes(length, from);
      const part = oldBytes.slice(from, from + length);
      if (kind === 'edit') for (let i = 5; i < part.length; i += 23) part[i] = from;
      return part;
    });
    return { oldBytes, newBytes: Buffer.concat(parts) };
  });

describe.each([
  ['chosen by price', PRICED],
  ['chosen greedily', 'greedy'],
] as const)('rows %s', (_, search) => {
  it('are sorted, not empty, inside both sides and the range, and never overlap in new', () => {
    fc.assert(
      fc.property(
        sides,
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 8, max: 16 }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 5 }),
        fc.tuple(fc.nat(), fc.nat()),
        (pair, step, windowBytes, places, cut) => {
          const { oldBytes, newBytes } = pair;
          const [start, end] = cut.map((at) => at % (newBytes.length + 1)).sort((a, b) => a - b) as [
            number,
            number,
          ];
          const hints = places
            .filter(() => end > start && oldBytes.length > 0)
            .map(([to, from]) => ({
              newPosition: start + (to % (end - start)),
              oldPosition: from % oldBytes.length,
            }))
            .sort((a, b) => a.newPosition - b.newPosition);
          const [kernel] = openKernels(pair, step, windowBytes) as [MatchKernel];
          let newEnd = start;
          for (const row of listRows(kernel.matchRange({ start, end, hints }, search))) {
            expect(row.length).toBeGreaterThan(0);
            expect(row.newStart).toBeGreaterThanOrEqual(newEnd);
            newEnd = row.newStart + row.length;
            expect(newEnd).toBeLessThanOrEqual(end);
            expect(row.oldStart + row.length).toBeLessThanOrEqual(oldBytes.length);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are the same from every thread, and when a kernel is used again', () => {
    fc.assert(
      fc.property(sides, (pair) => {
        const [one, two] = openKernels(pair, 2, 12) as [MatchKernel, MatchKernel];
        const range = { start: 0, end: pair.newBytes.length, hints: [] };
        const rows = one.matchRange(range, search);
        expect(two.matchRange(range, search)).toEqual(rows);
        expect(one.matchRange(range, search)).toEqual(rows);
      }),
    );
  });

  it('find what moved, and leave what is new', () => {
    const oldBytes = randomBytes(300_000, 1);
    const fresh = randomBytes(5000, 2);
    const newBytes = Buffer.concat([oldBytes.subarray(200_000), fresh, oldBytes.subarray(0, 200_000)]);
    expect(match({ oldBytes, newBytes }, search)).toEqual([
      { newStart: 0, oldStart: 200_000, length: 100_000 },
      { newStart: 105_000, oldStart: 0, length: 200_000 },
    ]);
  });

  it('go on over scattered differences rather than end', () => {
    const oldBytes = randomBytes(50_000, 3);
    const newBytes = oldBytes.map((byte, at) => (at % 40 === 7 ? byte ^ 1 : byte));
    expect(match({ oldBytes, newBytes }, search)).toEqual([{ newStart: 0, oldStart: 0, length: 50_000 }]);
  });

  it('do not exist for a match that costs more than its bytes', () => {
    const oldBytes = randomBytes(50_000, 4);
    const newBytes = randomBytes(20_000, 5);
    newBytes.set(oldBytes.subarray(30_000, 30_003), 10_000);
    expect(match({ oldBytes, newBytes }, search)).toEqual([]);
  });

  it('begin where they are hinted when the index knows nothing better', () => {
    const oldBytes = randomBytes(9000, 6);
    // No window of old bytes survives; half of the bytes do.
    const newBytes = oldBytes.map((byte, at) => (at % 8 === 0 ? byte + 1 : byte));
    const hints = [{ newPosition: 0, oldPosition: 0 }];
    const aligned = match({ oldBytes, newBytes }, search, hints).reduce((sum, { length }) => sum + length, 0);
    expect(aligned).toBeGreaterThan(8000);
  });

  it('come out in parts when there are more than fit the buffer', () => {
    const sizeBytes = 70_000 * 48;
    const oldBytes = randomBytes(sizeBytes, 7);
    // Slices of old bytes in reverse order: a row for each.
    const slices = Array.from({ length: 70_000 }, (_, slice) =>
      oldBytes.subarray(sizeBytes - 48 * slice - 48, sizeBytes - 48 * slice),
    );
    const newBytes = Buffer.concat(slices);
    const rows = match({ oldBytes, newBytes }, search);
    expect(rows.length).toBeGreaterThan(65_536);
    const right = rows.filter(({ newStart, oldStart, length }) => {
      const made = newBytes.subarray(newStart, newStart + length);
      return made.equals(oldBytes.subarray(oldStart, oldStart + length));
    });
    expect(right.length).toBeGreaterThan(65_536);
  });
});

it('finds each piece by the one place of it that the table holds, when the table is filled in many parts', () => {
  // 39 parts of the table, each with more places than wait together.
  const oldBytes = randomBytes(5_000_000, 5);
  const starts = Array.from({ length: 1000 }, (_, piece) => (piece * 286_331) % 4_999_900);
  const newBytes = Buffer.concat(starts.map((start) => oldBytes.subarray(start, start + 27)));
  const [kernel] = openKernels({ oldBytes, newBytes }, 16, 12) as [MatchKernel];
  const rows = listRows(kernel.matchRange({ start: 0, end: newBytes.length, hints: [] }, PRICED));
  const shifts = new Set(rows.map(({ newStart, oldStart }) => oldStart - newStart));
  expect(starts.filter((start, piece) => !shifts.has(start - 27 * piece))).toEqual([]);
});
