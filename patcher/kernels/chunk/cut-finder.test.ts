import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { CutFinder, type CutRange } from './cut-finder.ts';

/** The rule as docs/formats/manifest.md states it, a byte at a time. */
function findCutPlainly(bytes: Uint8Array, { start, middle, end, hardLimit, easyLimit }: CutRange): number {
  let hash = 0;
  for (let at = start - 32; at < end; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] as number] as number)) >>> 0;
    if (at >= start && hash < (at < middle ? hardLimit : easyLimit)) return at + 1;
  }
  return end;
}

const GEAR = Array.from({ length: 256 }, (_, row) => {
  const state = (0x67616e74 + Math.imul(0x9e3779b9, row + 1)) | 0;
  let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
});

describe('CutFinder', () => {
  const bytes = new SeededRandom(5).bytes(120_000);
  const finder = new CutFinder(bytes.length);
  finder.room.set(bytes);

  it('finds the cuts that the rule gives, wherever they lie in a block', () => {
    const position = fc.integer({ min: 0, max: bytes.length - 32 });
    const bits = fc.integer({ min: 0, max: 24 });
    fc.assert(
      fc.property(position, position, position, bits, bits, (a, b, c, hard, easy) => {
        const [start = 0, middle = 0, end = 0] = [a, b, c].sort((x, y) => x - y).map((at) => at + 32);
        const range = { start, middle, end, hardLimit: 2 ** (31 - hard), easyLimit: 2 ** (31 - easy) };
        expect(finder.findCut(range)).toBe(findCutPlainly(bytes, range));
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  it('takes the first of several cuts in one block', () => {
    for (let bits = 9; bits <= 15; bits++) {
      const limit = 2 ** (32 - bits);
      const range = { start: 32, middle: 32, end: bytes.length, hardLimit: 1, easyLimit: limit };
      const cuts: number[] = [];
      for (let start = 32; start < bytes.length; start = cuts.at(-1) as number) {
        const cut = finder.findCut({ ...range, start, middle: start });
        expect(cut).toBe(findCutPlainly(bytes, { ...range, start, middle: start }));
        cuts.push(cut);
      }
      expect(cuts.length).toBeGreaterThan(1);
    }
  });

  it('finds none in bytes whose hash never changes, and none in no bytes', () => {
    const zeros = new CutFinder(50_000);
    const range = { start: 32, middle: 20_000, end: 50_000, hardLimit: 1, easyLimit: 1 };
    expect(zeros.findCut(range)).toBe(50_000);
    expect(zeros.findCut({ ...range, middle: 32, end: 32 })).toBe(32);
  });
});
