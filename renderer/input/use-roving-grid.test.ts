import { describe, expect, it } from 'vitest';
import { moveCell } from './use-roving-grid.ts';

/** Three columns, three rows, two cells in the last. */
const shape = { rows: 3, columns: 3, lastRowColumns: 2 };

describe('moveCell', () => {
  it.each([
    ['ArrowRight', [0, 0], [0, 1]],
    ['ArrowRight', [0, 2], [1, 0]],
    ['ArrowRight', [2, 1], [2, 1]],
    ['ArrowLeft', [1, 0], [0, 2]],
    ['ArrowLeft', [0, 0], [0, 0]],
    ['ArrowDown', [1, 2], [2, 1]],
    ['ArrowUp', [0, 1], [0, 1]],
    ['PageDown', [0, 0], [2, 0]],
    ['Home', [2, 1], [0, 0]],
    ['End', [0, 0], [2, 1]],
  ] as const)('%s leads from %o to %o', (key, [row, column], [toRow, toColumn]) => {
    expect(moveCell(key, { row, column }, shape)).toEqual({ row: toRow, column: toColumn });
  });

  it('leaves other keys alone', () => {
    expect(moveCell('Enter', { row: 0, column: 0 }, shape)).toBeNull();
  });
});
