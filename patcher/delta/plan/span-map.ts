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

/** Count an alignment's old bytes in the old space; rows that run over the end of a stretch are cut there. */
export function toGlobal(map: SpanMap, alignment: Alignment): Alignment {
  const rows = new AlignmentBuilder();
  for (let row = 0; row < alignment.count; row++) {
    let newStart = alignment.newStart[row] as number;
    let local = alignment.oldStart[row] as number;
    const end = local + (alignment.length[row] as number);
    for (let span = findLastAtMost(map.localStarts, local); local < end; span++) {
      const spanEnd = map.localStarts[span + 1] ?? map.totalBytes;
      const length = Math.min(end, spanEnd) - local;
      const global = (map.globalStarts[span] as number) + local - (map.localStarts[span] as number);
      rows.add(newStart, global, length);
      newStart += length;
      local += length;
    }
  }
  return rows.build();
}

/** Count an alignment's old bytes in memory; every row must lie inside one stretch. */
export function toLocal(map: SpanMap, alignment: Alignment): Alignment {
  const rows = new AlignmentBuilder();
  for (let row = 0; row < alignment.count; row++) {
    const global = alignment.oldStart[row] as number;
    const local = localPosition(map, global);
    rows.add(alignment.newStart[row] as number, local, alignment.length[row] as number);
  }
  return rows.build();
}

/** Where a byte of the old space lies in memory, given that it does. */
export function localPosition(map: SpanMap, global: number): number {
  const span = findLastAtMost(map.globalStarts, global);
  return global - (map.globalStarts[span] as number) + (map.localStarts[span] as number);
}
