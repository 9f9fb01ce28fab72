import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { type MadeRun, REPEAT_BYTES_MIN, RepeatSearch } from './repeat-search.ts';
import type { Repeat } from './repeats.ts';

function search(bytes: Uint8Array, runs: readonly MadeRun[] = [{ start: 0, end: bytes.length }]): Repeat[] {
  const found = new RepeatSearch(bytes.length, (position, into) => {
    expect(position + into.length).toBeLessThanOrEqual(bytes.length);
    into.set(bytes.subarray(position, position + into.length));
  });
  for (const run of runs) for (let at = run.start; at < run.end; ) at = found.scan(at, run);
  return [...found.repeats];
}

function expectTrue(bytes: Uint8Array, repeats: readonly Repeat[]): void {
  let last = 0;
  for (const { start, length, from } of repeats) {
    expect(start).toBeGreaterThanOrEqual(last);
    expect(length).toBeGreaterThanOrEqual(REPEAT_BYTES_MIN);
    expect(from + length).toBeLessThanOrEqual(start);
    expect(Buffer.compare(bytes.subarray(start, start + length), bytes.subarray(from, from + length))).toBe(
      0,
    );
    last = start + length;
  }
}

describe('the search for repeats', () => {
  it('finds a long one to the byte, whatever lies between', () => {
    const random = new SeededRandom(1);
    const blob = random.bytes(50_000);
    const bytes = Buffer.concat([
      random.bytes(70_001),
      blob,
      random.bytes(3_000_000),
      blob,
      random.bytes(1234),
    ]);
    expect(search(bytes)).toEqual([{ start: 3_120_001, length: 50_000, from: 70_001 }]);
  });

  it('looks for them in the runs it is given alone, and does not leave these', () => {
    const random = new SeededRandom(2);
    const blob = random.bytes(100_000);
    const bytes = Buffer.concat([blob, blob]);
    expect(search(bytes, [{ start: 0, end: 100_000 }])).toEqual([]);
    const runs = [
      { start: 0, end: 100_000 },
      { start: 120_000, end: 180_000 },
    ];
    expect(search(bytes, runs)).toEqual([{ start: 120_000, length: 60_000, from: 20_000 }]);
  });

  it('leaves short ones to the coding of segments', () => {
    const random = new SeededRandom(3);
    const blob = random.bytes(REPEAT_BYTES_MIN - 1);
    expect(search(Buffer.concat([blob, random.bytes(9), blob]))).toEqual([]);
  });

  it('halves what goes on and on, without a repeat that overlaps what it repeats', () => {
    const pattern = new SeededRandom(4).bytes(300);
    for (const bytes of [new Uint8Array(2_000_000), Buffer.alloc(2_000_000, pattern), Buffer.alloc(2e6, 7)]) {
      const repeats = search(bytes);
      expectTrue(bytes, repeats);
      expect(repeats.length).toBeLessThan(20);
    }
  });

  it('gives only what is true, of any bytes', () => {
    const part = fc.record({
      kind: fc.constantFrom('fresh', 'again', 'zeros'),
      at: fc.nat(),
      size: fc.nat(40_000),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.nat(), (parts, seed) => {
        const random = new SeededRandom(seed);
        let bytes: Buffer = Buffer.alloc(0);
        for (const { kind, at, size } of parts) {
          const from = bytes.length === 0 ? 0 : at % bytes.length;
          const fresh = kind === 'zeros' ? Buffer.alloc(size) : random.bytes(size);
          bytes = Buffer.concat([bytes, kind === 'again' ? bytes.subarray(from, from + size) : fresh]);
        }
        if (bytes.length > 0) expectTrue(bytes, search(bytes));
      }),
      { numRuns: 50 },
    );
  });
});
