import { describe, expect, it } from 'vitest';
import { type Alignment, AlignmentBuilder } from '../match/alignment.ts';
import { addGlobal, mapSpans, toLocal } from './span-map.ts';

/** 100 bytes from 1000 on, 50 from 2000 on, and 50 from 3000 on, end to end. */
const MAP = mapSpans([
  { start: 1000, length: 100 },
  { start: 2000, length: 50 },
  { start: 3000, length: 50 },
]);

function listRows({ count, newStart, oldStart, length }: Alignment): number[][] {
  return Array.from({ length: count }, (_, row) =>
    [newStart, oldStart, length].map((column) => column[row] as number),
  );
}

function toGlobal(...rows: readonly (readonly number[])[]): Alignment {
  const builder = new AlignmentBuilder();
  addGlobal(MAP, Uint32Array.from(rows.flat()), builder);
  return builder.build();
}

describe('rows of stretches that lie end to end', () => {
  it('count in the old space and back, whichever stretch the one before lies in', () => {
    const local = [
      [0, 120, 10],
      [20, 5, 10],
      [40, 160, 40],
      [90, 100, 50],
    ];
    const rows = toGlobal(...local);
    expect(listRows(rows)).toEqual([
      [0, 2020, 10],
      [20, 1005, 10],
      [40, 3010, 40],
      [90, 2000, 50],
    ]);
    expect(listRows(toLocal(MAP, rows))).toEqual(local);
  });

  it('are cut where a stretch ends', () => {
    expect(listRows(toGlobal([7, 90, 110]))).toEqual([
      [7, 1090, 10],
      [17, 2000, 50],
      [67, 3000, 50],
    ]);
  });

  it('are one where they continue each other', () => {
    expect(listRows(toGlobal([0, 10, 20], [20, 30, 5]))).toEqual([[0, 1010, 25]]);
  });

  it('may be none', () => {
    expect(listRows(toLocal(MAP, toGlobal()))).toEqual([]);
  });
});
