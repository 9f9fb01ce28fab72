import {
  useCallback,
  useEffect,
  useRef,
  useState,
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
} from 'react';

export interface Cell {
  readonly row: number;
  readonly column: number;
}

export interface GridShape {
  readonly rows: number;
  readonly columns: number;
  /** Cells in the last row, where it is not full. */
  readonly lastRowColumns: number;
}

/** Rows one page key passes. */
const pageRows = 3;

/** @returns The cell a key leads to from `cell`, within the grid; null for a key that does not move. */
export function moveCell(key: string, cell: Cell, shape: GridShape): Cell | null {
  const last = shape.rows - 1;
  switch (key) {
    case 'ArrowRight':
      return clamp(stepSideways(cell, 1, shape), shape);
    case 'ArrowLeft':
      return clamp(stepSideways(cell, -1, shape), shape);
    case 'ArrowDown':
      return clamp({ ...cell, row: cell.row + 1 }, shape);
    case 'ArrowUp':
      return clamp({ ...cell, row: cell.row - 1 }, shape);
    case 'PageDown':
      return clamp({ ...cell, row: cell.row + pageRows }, shape);
    case 'PageUp':
      return clamp({ ...cell, row: cell.row - pageRows }, shape);
    case 'Home':
      return { row: 0, column: 0 };
    case 'End':
      return clamp({ row: last, column: shape.columns - 1 }, shape);
    default:
      return null;
  }
}

/** Past the end of a row the next one begins, as in reading. */
function stepSideways(cell: Cell, step: 1 | -1, { columns, rows }: GridShape): Cell {
  const column = cell.column + step;
  if (column >= columns) return cell.row < rows - 1 ? { row: cell.row + 1, column: 0 } : cell;
  if (column < 0) return cell.row > 0 ? { row: cell.row - 1, column: columns - 1 } : cell;
  return { row: cell.row, column };
}

function clamp(cell: Cell, { rows, columns, lastRowColumns }: GridShape): Cell {
  const row = Math.max(0, Math.min(rows - 1, cell.row));
  const width = row === rows - 1 ? lastRowColumns : columns;
  return { row, column: Math.max(0, Math.min(width - 1, cell.column)) };
}

interface RovingGridOptions {
  readonly grid: RefObject<HTMLElement | null>;
  readonly shape: GridShape;
  /** Rows that are in the document now, first and last. */
  readonly shown: { readonly first: number; readonly last: number };
  readonly scrollToRow: (row: number) => void;
}

/**
 * One tab stop for a whole grid, arrow keys inside, for grids that keep only the visible rows in the document.
 * Cells carry `data-cell="row:column"`.
 */
export function useRovingGrid({ grid, shape, shown, scrollToRow }: RovingGridOptions) {
  const [active, setActive] = useState<Cell>({ row: 0, column: 0 });
  const wanted = useRef<Cell | null>(null);
  const inside = clamp(active, shape);
  // The tab stop has to be in the document: where the active row is scrolled away, the first visible one takes over.
  const stop = inside.row < shown.first || inside.row > shown.last ? { row: shown.first, column: 0 } : inside;

  useEffect(() => {
    if (wanted.current === null) return;
    const cell = grid.current?.querySelector<HTMLElement>(`[data-cell="${keyOf(wanted.current)}"]`);
    if (cell === undefined || cell === null) return;
    wanted.current = null;
    cell.focus({ preventScroll: true });
  });

  const onKeyDown = useCallback(
    (event: KeyboardEvent<HTMLElement>): void => {
      const from = cellOf(event.target);
      const to = from === null ? null : moveCell(event.key, from, shape);
      if (to === null || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      wanted.current = to;
      setActive({ ...to });
      scrollToRow(to.row);
    },
    [shape, scrollToRow],
  );
  const onFocus = useCallback((event: FocusEvent<HTMLElement>): void => {
    const cell = cellOf(event.target);
    if (cell !== null) setActive(cell);
  }, []);
  const cellProps = (row: number, column: number) => ({
    'data-cell': keyOf({ row, column }),
    tabIndex: row === stop.row && column === stop.column ? 0 : -1,
  });
  return { onKeyDown, onFocus, cellProps };
}

const keyOf = ({ row, column }: Cell): string => `${row}:${column}`;

function cellOf(target: EventTarget): Cell | null {
  const key = target instanceof HTMLElement ? target.dataset['cell'] : undefined;
  if (key === undefined) return null;
  const [row, column] = key.split(':').map(Number);
  return row === undefined || column === undefined ? null : { row, column };
}
