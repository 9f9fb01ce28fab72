import type { ExpandedSpace, ExpandedStretch } from '../../containers/expanded-space.ts';
import { STREAMS_MAX } from '../../containers/expansion-format.ts';
import { SEGMENT_OLD_BYTES_MAX, SEGMENT_ROWS_MAX } from '../../formats/patch.ts';
import { type Alignment, AlignmentBuilder } from './alignment.ts';
import { joinSpans, type OldSpan } from '../plan/old-space.ts';

/** Old bytes this close are read in one go: a seek costs a disk more than 64 KiB do, and a range the header 5 bytes. */
const GAP_BYTES = 64 * 1024;

/** What a segment reads, and the rows that are made from it. */
export interface OldReads {
  /** Sorted, apart from each other, with whole streams. */
  readonly stretches: readonly ExpandedStretch[];
  readonly alignment: Alignment;
}

/**
 * The stretches of the expanded old space that an alignment reads, joined as far as the format's bounds on old bytes
 * allow. Where rows touch more streams than may be expanded, those go that use least of theirs.
 * @param withGaps Read what lies between rows as well, where there is about as much of it on both sides: it may
 *   resemble the new bytes once it is rewritten.
 * @param oldBytesMost How many old bytes to read; no row is kept where that allows none.
 */
export function planOldReads(
  alignment: Alignment,
  space: ExpandedSpace,
  withGaps = false,
  oldBytesMost = SEGMENT_OLD_BYTES_MAX,
): OldReads {
  const isAllowed = (stretches: readonly ExpandedStretch[]) => isWithin(stretches, oldBytesMost);
  const rows = { starts: alignment.oldStart, lengths: alignment.length };
  const bridged = coverSpans(withGaps ? addOldGaps(alignment) : rows, GAP_BYTES, space);
  if (isAllowed(bridged)) return { stretches: bridged, alignment };
  for (let gapBytes = GAP_BYTES; ; gapBytes = Math.floor(gapBytes / 4)) {
    const stretches = coverSpans(rows, gapBytes, space);
    if (isAllowed(stretches)) return { stretches, alignment };
    if (gapBytes === 0) break;
  }
  for (let share = LEAST_SHARE; share < 1; share *= 2) {
    const kept = dropRows(alignment, space, share);
    const stretches = coverRows(kept, space);
    if (isAllowed(stretches)) return { stretches, alignment: kept };
  }
  // Without streams the rows, and so the stretches, are no longer than the new bytes.
  const kept = dropRows(alignment, space, Infinity);
  const stretches = coverRows(kept, space);
  return isAllowed(stretches)
    ? { stretches, alignment: kept }
    : { stretches: [], alignment: new AlignmentBuilder().build() };
}

/** Where less of a stream is used, it goes first. */
const LEAST_SHARE = 1 / 32;

/** Stretches of the old space, in any order. */
interface SpanColumns {
  readonly starts: Float64Array;
  readonly lengths: Float64Array;
}

function coverRows({ oldStart, length }: Alignment, space: ExpandedSpace): ExpandedStretch[] {
  return coverSpans({ starts: oldStart, lengths: length }, 0, space);
}

function coverSpans(spans: SpanColumns, gapBytes: number, space: ExpandedSpace): ExpandedStretch[] {
  const covered = joinColumns(spans, gapBytes).map((span) => space.cover(span).expanded);
  return joinSpans(covered, 0).map((span) => space.cover(span));
}

/** Join stretches that overlap or have no more than `gapBytes` between them. */
function joinColumns({ starts, lengths }: SpanColumns, gapBytes: number): OldSpan[] {
  let [first, last] = [Infinity, 0];
  for (let row = 0; row < starts.length; row++) {
    const start = starts[row] as number;
    if (start < first) first = start;
    if (start > last) last = start;
  }
  const cells = Math.floor((last - first) / gapBytes) + 1;
  // There are many stretches, and mostly fewer places where they can lie apart: they need not be sorted.
  return cells >= 1 && cells <= starts.length
    ? joinByCells({ starts, lengths }, { first, cells, gapBytes })
    : joinSorted({ starts, lengths }, gapBytes);
}

/** Stretches that begin in one cell of `gapBytes` are joined in any case, so that a cell's first begin and last end say all. */
function joinByCells(
  { starts, lengths }: SpanColumns,
  { first, cells, gapBytes }: { readonly first: number; readonly cells: number; readonly gapBytes: number },
): OldSpan[] {
  const begins = new Float64Array(cells).fill(Infinity);
  const ends = new Float64Array(cells);
  for (let row = 0; row < starts.length; row++) {
    const start = starts[row] as number;
    const end = start + (lengths[row] as number);
    const cell = Math.floor((start - first) / gapBytes);
    if (start < (begins[cell] as number)) begins[cell] = start;
    if (end > (ends[cell] as number)) ends[cell] = end;
  }
  const joined: { start: number; length: number }[] = [];
  begins.forEach((start, cell) => {
    if (start === Infinity) return;
    const end = ends[cell] as number;
    const open = joined.at(-1);
    if (open === undefined || start > open.start + open.length + gapBytes) {
      joined.push({ start, length: end - start });
    } else {
      open.length = Math.max(open.length, end - open.start);
    }
  });
  return joined;
}

/**
 * Starts and ends are sorted each for themselves, as numbers: where as many ends lie before a place as starts do, no stretch
 * runs over it.
 */
function joinSorted({ starts, lengths }: SpanColumns, gapBytes: number): OldSpan[] {
  const begins = starts.slice().sort();
  const ends = lengths.map((length, row) => length + (starts[row] as number)).sort();
  const joined: OldSpan[] = [];
  let start = begins[0] ?? 0;
  for (let row = 1; row <= begins.length; row++) {
    const end = ends[row - 1] as number;
    const next = begins[row] ?? Infinity;
    if (next <= end + gapBytes) continue;
    joined.push({ start, length: end - start });
    start = next;
  }
  return joined;
}

function isWithin(stretches: readonly ExpandedStretch[], oldBytesMost: number): boolean {
  let realBytes = 0;
  let expandedBytes = 0;
  let streams = 0;
  for (const { real, expanded, firstStream, endStream } of stretches) {
    realBytes += real.length;
    expandedBytes += expanded.length;
    streams += endStream - firstStream;
  }
  return Math.max(realBytes, expandedBytes) <= oldBytesMost && streams <= STREAMS_MAX;
}

/** Drop the rows that touch a stream of which less than a share is used. */
function dropRows(alignment: Alignment, space: ExpandedSpace, share: number): Alignment {
  const spans = Array.from({ length: alignment.count }, (_, row) => ({
    start: alignment.oldStart[row] as number,
    length: alignment.length[row] as number,
  }));
  const used = new Map<number, number>();
  for (const span of joinSpans(spans, 0)) {
    for (const { stream, length } of space.insideStreams(span)) {
      used.set(stream, (used.get(stream) ?? 0) + length);
    }
  }
  const rows = new AlignmentBuilder();
  spans.forEach((span, row) => {
    const touched = [...space.insideStreams(span)];
    if (touched.some(({ stream, unitBytes }) => (used.get(stream) ?? 0) < share * unitBytes)) return;
    rows.add(alignment.newStart[row] as number, span.start, span.length);
  });
  return rows.build();
}

/** The old bytes of rows, and what lies between two of them where there is about as much of it on both sides. */
function addOldGaps({ count, newStart, oldStart, length }: Alignment): SpanColumns {
  const starts = new Float64Array(2 * count);
  const lengths = new Float64Array(2 * count);
  starts.set(oldStart);
  lengths.set(length);
  let end = count;
  for (let row = 1; row < count; row++) {
    const newEnd = (newStart[row - 1] as number) + (length[row - 1] as number);
    const oldEnd = (oldStart[row - 1] as number) + (length[row - 1] as number);
    const newGap = (newStart[row] as number) - newEnd;
    const oldGap = (oldStart[row] as number) - oldEnd;
    if (newGap <= 0 || oldGap <= 0 || oldGap > 2 * newGap) continue;
    starts[end] = oldEnd;
    lengths[end++] = oldGap;
  }
  return { starts: starts.subarray(0, end), lengths: lengths.subarray(0, end) };
}

/** Drop the shortest rows of an alignment that has more than a segment may; their bytes are then stored as they are. */
export function limitRows(alignment: Alignment): Alignment {
  if (alignment.count <= SEGMENT_ROWS_MAX) return alignment;
  const lengths = alignment.length.slice().sort();
  const longerThan = lengths[alignment.count - SEGMENT_ROWS_MAX - 1] as number;
  const rows = new AlignmentBuilder();
  for (let row = 0; row < alignment.count; row++) {
    const length = alignment.length[row] as number;
    if (length > longerThan)
      rows.add(alignment.newStart[row] as number, alignment.oldStart[row] as number, length);
  }
  return rows.build();
}
