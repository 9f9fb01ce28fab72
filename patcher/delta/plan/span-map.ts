import { type Alignment, AlignmentBuilder } from '../match/alignment.ts';
import { findLastAtMost, type OldSpan } from './old-space.ts';

/**
 * Stretches of the old space laid end to end in memory, and the way between the two ways of counting: `local` in
 * memory, `global` in the old space. Stretches are sorted and do not overlap.
 */
export interface SpanMap {
  readonly globalStarts: Float64Array;
  readonly localStarts: Float64Array;
  readonly totalBytes: number;
}

export function mapSpans(spans: readonly OldSpan[]): SpanMap {
  const localStarts = new Float64Array(spans.length);
  let totalBytes = 0;
  spans.forEach((span, row) => {
    localStarts[row] = totalBytes;
    totalBytes += span.length;
  });
  return { globalStarts: Float64Array.from(spans, (span) => span.start), localStarts, totalBytes };
}

/**
 * Add rows as kernels write them, which count old bytes in memory: new start, old start and length of each. They count in the
 * old space then; rows that run over the end of a stretch are cut there.
 */
export function addGlobal(map: SpanMap, triples: Uint32Array, rows: AlignmentBuilder): void {
  const { localStarts, globalStarts, totalBytes } = map;
  let span = 0;
  for (let i = 0; i < triples.length; i += 3) {
    let newStart = triples[i] as number;
    let local = triples[i + 1] as number;
    const end = local + (triples[i + 2] as number);
    // Most rows lie in the stretch of the one before.
    if (!isInSpan(localStarts, span, local)) span = findLastAtMost(localStarts, local);
    for (; ; span++) {
      const spanEnd = localStarts[span + 1] ?? totalBytes;
      const length = Math.min(end, spanEnd) - local;
      rows.add(newStart, (globalStarts[span] as number) + local - (localStarts[span] as number), length);
      newStart += length;
      local += length;
      if (local === end) break;
    }
  }
}

/** Count an alignment's old bytes in memory; every row must lie inside one stretch. */
export function toLocal({ globalStarts, localStarts }: SpanMap, alignment: Alignment): Alignment {
  const { count, newStart, oldStart, length } = alignment;
  const rows = new AlignmentBuilder(count);
  let span = 0;
  for (let row = 0; row < count; row++) {
    const global = oldStart[row] as number;
    if (!isInSpan(globalStarts, span, global)) span = findLastAtMost(globalStarts, global);
    const local = global - (globalStarts[span] as number) + (localStarts[span] as number);
    rows.add(newStart[row] as number, local, length[row] as number);
  }
  return rows.build();
}

/** Whether {@link findLastAtMost} would find this row. */
function isInSpan(starts: Float64Array, span: number, position: number): boolean {
  return (starts[span] as number) <= position && position < (starts[span + 1] ?? Infinity);
}

/** Where a byte of the old space lies in memory, given that it does. */
export function localPosition(map: SpanMap, global: number): number {
  const span = findLastAtMost(map.globalStarts, global);
  return global - (map.globalStarts[span] as number) + (map.localStarts[span] as number);
}
