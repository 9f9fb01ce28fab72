import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeSha256 } from '../formats/sha256.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { cutAll, DEFAULT_CHUNKING } from './chunker.ts';

const SMALL = { minBytes: 64, averageBytes: 256, maxBytes: 1024 };

function hashesOf(bytes: Uint8Array): string[] {
  let at = 0;
  return cutAll(bytes, DEFAULT_CHUNKING).map((length) => computeSha256(bytes.subarray(at, (at += length))));
}

describe('cutAll', () => {
  it('covers any file with chunks within their bounds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        const lengths = cutAll(bytes, SMALL);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(bytes.length);
        for (const length of lengths.slice(0, -1)) {
          expect(length).toBeGreaterThanOrEqual(SMALL.minBytes);
          expect(length).toBeLessThanOrEqual(SMALL.maxBytes);
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('gives an empty file no chunk', () => {
    expect(cutAll(new Uint8Array())).toEqual([]);
  });

  it('cuts where it has always cut', () => {
    // Moved boundaries would make every stored chunk of every game new: this list never changes.
    expect(cutAll(new SeededRandom(1).bytes(2_000_000))).toMatchInlineSnapshot(`
      [
        268032,
        75087,
        361347,
        83636,
        300697,
        357264,
        288520,
        265417,
      ]
    `);
    expect(cutAll(new SeededRandom(2).bytes(2000), SMALL)).toMatchInlineSnapshot(`
      [
        300,
        265,
        203,
        97,
        258,
        238,
        281,
        259,
        99,
      ]
    `);
  });

  it('cuts constant bytes at the maximum', () => {
    expect(cutAll(new Uint8Array(2500), SMALL)).toEqual([1024, 1024, 452]);
  });

  it('keeps the average near what was asked', () => {
    const bytes = new SeededRandom(3).bytes(8 * 2 ** 20);
    const count = cutAll(bytes, { minBytes: 1024, averageBytes: 4096, maxBytes: 16_384 }).length;
    expect(bytes.length / count).toBeGreaterThan(3500);
    expect(bytes.length / count).toBeLessThan(5500);
  });

  it('finds the same chunks again behind an insertion', () => {
    const old = new SeededRandom(4).bytes(12_000_000);
    const inserted = Buffer.concat([
      old.subarray(0, 5_000_000),
      Buffer.from('inserted'),
      old.subarray(5_000_000),
    ]);
    const known = new Set(hashesOf(old));
    const unknown = hashesOf(inserted).filter((hash) => !known.has(hash));
    expect(unknown.length).toBeLessThanOrEqual(3);
  });
});
