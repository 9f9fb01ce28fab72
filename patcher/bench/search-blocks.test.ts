import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/random-bytes.ts';
import { BlockIndex } from './search-blocks.ts';

const BLOCK = 64;

function findLiterals(old: Uint8Array, next: Uint8Array): Buffer {
  const index = new BlockIndex(BLOCK);
  index.add(old);
  return Buffer.concat(index.findLiterals(next));
}

describe('BlockIndex', () => {
  const old = new SeededRandom(1).bytes(1000);

  it('needs nothing for a file it has, its short last block included', () => {
    expect(findLiterals(old, old)).toHaveLength(0);
    expect(findLiterals(old, new Uint8Array())).toHaveLength(0);
  });

  it('finds blocks at any offset, and gives all between them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 14 }), (inserted, block) => {
        const at = block * BLOCK;
        const next = Buffer.concat([old.subarray(0, at), inserted, old.subarray(at)]);
        expect(findLiterals(old, next)).toEqual(Buffer.from(inserted));
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it('gives the whole block around a changed byte', () => {
    const next = Uint8Array.from(old);
    next[3 * BLOCK + 5] = (next[3 * BLOCK + 5] as number) ^ 1;
    expect(findLiterals(old, next)).toEqual(Buffer.from(next.subarray(3 * BLOCK, 4 * BLOCK)));
  });

  it('gives files without an old block whole', () => {
    const strange = new SeededRandom(3).bytes(777);
    expect(findLiterals(old, strange)).toEqual(Buffer.from(strange));
  });
});
