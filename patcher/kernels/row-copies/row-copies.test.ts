import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemory } from '../load-kernel.ts';
import { RowCopies } from './row-copies.ts';

const ROWS_AT = 2 ** 16;
const OLD_AT = 2 ** 17;
const ALIGNED_AT = 2 ** 18;
const OLD_BYTES = 256;

const row = fc.record({
  gap: fc.nat(9),
  oldStart: fc.nat(OLD_BYTES - 40),
  length: fc.integer({ min: 1, max: 40 }),
});
const oldBytes = fc.uint8Array({ minLength: OLD_BYTES, maxLength: OLD_BYTES });

interface Row {
  readonly gap: number;
  readonly oldStart: number;
  readonly length: number;
}

/** A memory that holds old bytes and rows. */
function layDown(rows: readonly Row[], old: Uint8Array) {
  const memory = createMemory();
  let end = 0;
  const triples = rows.flatMap(({ gap, oldStart, length }) => {
    const start = end + gap;
    end = start + length;
    return [start, oldStart, length];
  });
  new Uint32Array(memory.buffer, ROWS_AT, triples.length).set(triples);
  new Uint8Array(memory.buffer, OLD_AT, old.length).set(old);
  const alignedBytes = rows.reduce((sum, { length }) => sum + length, 0);
  const view = (length: number): Uint8Array => new Uint8Array(memory.buffer, ALIGNED_AT, length);
  return {
    copies: new RowCopies(memory),
    placed: { at: ROWS_AT, count: rows.length },
    alignedBytes,
    newBytes: end,
    view,
  };
}

function bytesOf(old: Uint8Array, { oldStart, length }: Row): number[] {
  return [...old.subarray(oldStart, oldStart + length)];
}

describe('bytes of rows', () => {
  it('are gathered end to end, wherever they lie', () => {
    fc.assert(
      fc.property(fc.array(row), oldBytes, (rows, old) => {
        const { copies, placed, alignedBytes, view } = layDown(rows, old);
        copies.gather(placed, OLD_AT, ALIGNED_AT);
        expect([...view(alignedBytes)]).toEqual(rows.flatMap((each) => bytesOf(old, each)));
      }),
    );
  });

  it('are spread to their new starts in place', () => {
    fc.assert(
      fc.property(fc.array(row), oldBytes, (rows, old) => {
        const { copies, placed, alignedBytes, newBytes, view } = layDown(rows, old);
        copies.gather(placed, OLD_AT, ALIGNED_AT);
        copies.spread(placed, ALIGNED_AT, alignedBytes);
        let end = 0;
        const made = view(newBytes);
        for (const each of rows) {
          const start = end + each.gap;
          end = start + each.length;
          expect([...made.subarray(start, end)]).toEqual(bytesOf(old, each));
        }
      }),
    );
  });

  it('are marked where a row begins and nowhere else', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const { copies, placed, alignedBytes, view } = layDown(rows, new Uint8Array(OLD_BYTES));
        view(alignedBytes).fill(6);
        copies.markStarts(placed, ALIGNED_AT, 1);
        expect([...view(alignedBytes)]).toEqual(
          rows.flatMap(({ length }) => Array.from({ length }, (_, at) => (at === 0 ? 7 : 6))),
        );
      }),
    );
  });
});
