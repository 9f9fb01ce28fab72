import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { refineRows } from './refine-rows.ts';

const random = new SeededRandom(11);
const old = random.bytes(40_000);

function rows(...triples: [newStart: number, oldStart: number, length: number][]): Uint32Array {
  return Uint32Array.from(triples.flat());
}

describe('rows fitted to rewritten bytes', () => {
  it('grow into a gap as far as the guess is right', () => {
    const next = Buffer.concat([old.subarray(0, 20_000), random.bytes(500), old.subarray(20_000)]);
    const found = rows([0, 0, 15_000], [25_500, 25_000, 15_000]);
    const refined = refineRows(found, old, next);
    expect(refined).toHaveLength(6);
    expect(refined[2]).toBeGreaterThanOrEqual(20_000);
    expect(refined[2]).toBeLessThan(20_010);
    expect((refined[3] as number) - (refined[4] as number)).toBe(500);
    expect(refined[3]).toBeLessThanOrEqual(20_500);
    expect(refined[3]).toBeGreaterThan(20_490);
  });

  it('close a gap of hundreds of KiB that fits', () => {
    const long = random.bytes(400_000);
    const found = rows([0, 0, 1000], [399_000, 399_000, 1000]);
    expect([...refineRows(found, long, long)]).toEqual([0, 0, 400_000]);
  });

  it('lose a detour that the rows beside it explain as well', () => {
    const found = rows([0, 0, 10_000], [10_000, 30_000, 40], [10_040, 10_040, 10_000]);
    expect([...refineRows(found, old, old.slice(0, 20_040))]).toEqual([0, 0, 20_040]);
  });

  it('find what a gap shares with the old bytes between the same rows, insertions aside', () => {
    const table = old.subarray(10_000, 18_000);
    const inserted = random.bytes(24);
    const next = Buffer.concat([
      old.subarray(0, 10_000),
      table.subarray(0, 3000),
      inserted,
      table.subarray(3000),
      old.subarray(18_000),
    ]);
    const refined = refineRows(rows([0, 0, 10_000], [18_024, 18_000, 22_000]), old, next);
    const aligned = refined.filter((_, i) => i % 3 === 2).reduce((sum, length) => sum + length, 0);
    expect(next.length - aligned).toBeLessThanOrEqual(inserted.length);
  });

  it('stay sorted, apart and inside both sides, whatever they were', () => {
    const piece = fc.record({
      gap: fc.nat(300),
      length: fc.integer({ min: 1, max: 900 }),
      oldStart: fc.nat(3000),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(3), (pieces, seed) => {
        const noise = new SeededRandom(seed);
        const guess = noise.bytes(4000).map((byte) => byte & 3);
        let end = 0;
        const found = pieces.flatMap(({ gap, length, oldStart }): number[] => {
          const start = end + gap;
          end = start + length;
          return [start, oldStart, length];
        });
        const newBytes = noise.bytes(end + 200).map((byte) => byte & 3);
        const refined = refineRows(Uint32Array.from(found), guess, newBytes);
        let last = 0;
        for (let i = 0; i < refined.length; i += 3) {
          const [newStart, oldStart, length] = refined.subarray(i, i + 3) as unknown as [
            number,
            number,
            number,
          ];
          expect(newStart).toBeGreaterThanOrEqual(last);
          expect(length).toBeGreaterThan(0);
          expect(oldStart + length).toBeLessThanOrEqual(guess.length);
          last = newStart + length;
        }
        expect(last).toBeLessThanOrEqual(newBytes.length);
      }),
    );
  });
});
