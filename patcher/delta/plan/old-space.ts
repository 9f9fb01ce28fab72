import type { OldFile, OldRange } from '../../formats/patch.ts';

/** All old files laid end to end, so that one number names an old byte; exact far beyond any game's size. */
export interface OldSpace {
  readonly files: readonly OldFile[];
  /** Where each file begins. */
  readonly starts: Float64Array;
  readonly totalBytes: number;
}

/** A stretch of the old space. */
export interface OldSpan {
  readonly start: number;
  readonly length: number;
}

export function layOldSpace(files: readonly OldFile[]): OldSpace {
  const starts = new Float64Array(files.length);
  let totalBytes = 0;
  files.forEach((file, row) => {
    starts[row] = totalBytes;
    totalBytes += file.sizeBytes;
  });
  return { files, starts, totalBytes };
}

/** Cut a stretch of the old space into ranges of files. */
export function toOldRanges(space: OldSpace, span: OldSpan): OldRange[] {
  const ranges: OldRange[] = [];
  let position = span.start;
  const end = span.start + span.length;
  for (let row = findLastAtMost(space.starts, position); position < end; row++) {
    const start = space.starts[row] as number;
    const fileEnd = start + (space.files[row]?.sizeBytes ?? 0);
    const length = Math.min(end, fileEnd) - position;
    if (length > 0) ranges.push({ oldFile: row, offset: position - start, length });
    position = Math.max(position, Math.min(end, fileEnd));
  }
  return ranges;
}

/** The last row whose value is at most `value`, in ascending values; 0 when there is none. */
export function findLastAtMost(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((ascending[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Sort stretches and join those that overlap or have no more than `gapBytes` between them. */
export function joinSpans(spans: readonly OldSpan[], gapBytes: number): OldSpan[] {
  const sorted = spans.filter(({ length }) => length > 0).sort((a, b) => a.start - b.start);
  const joined: { start: number; length: number }[] = [];
  for (const { start, length } of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last.start + last.length + gapBytes) {
      last.length = Math.max(last.length, start + length - last.start);
    } else {
      joined.push({ start, length });
    }
  }
  return joined;
}

export function countSpanBytes(spans: readonly OldSpan[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}
