import { atOnce, isPause, type Slices } from '../threads/slices.ts';

/** A range of one object that is needed. */
export interface ByteRange {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** One request: a span that covers all of `parts`, which are in order of offset. */
export interface CoalescedRange<Part extends ByteRange> extends ByteRange {
  readonly parts: readonly Part[];
}

export interface CoalesceOptions {
  /** Requests smaller than this are worth joining over a gap: below it their price outweighs their bytes. */
  readonly minRequestBytes: number;
  /** Spans are not grown past this, so that several streams have work; a single longer part stays whole. */
  readonly maxRequestBytes: number;
  /** Most bytes fetched for each byte needed, e.g. 1.10. */
  readonly overheadMax: number;
  /** Wider gaps are never fetched: they cost more than the request they save, in money and in time. */
  readonly gapBytesMax: number;
}

/**
 * A request costs a publisher as much as 12 to 27 KiB, and a player at 50 Mbit/s with 8 streams as much as 23 KiB where
 * the edge answers within 30 ms, 150 KiB where it takes 200 ms.
 * @see docs/adr/0007-chunk-sizes.md
 */
export const DEFAULT_COALESCING: CoalesceOptions = {
  minRequestBytes: 4 * 1024 * 1024,
  maxRequestBytes: 16 * 1024 * 1024,
  overheadMax: 1.1,
  gapBytesMax: 128 * 1024,
};

/** Not a byte that is not needed: ranges are joined only where they touch. */
export const TOUCHING_ONLY: CoalesceOptions = { ...DEFAULT_COALESCING, gapBytesMax: 0 };

interface Span<Part> {
  offset: number;
  end: number;
  parts: Part[];
}

/**
 * Join the needed ranges of one object into few requests.
 * Neighbours that touch are always joined up to `maxRequestBytes`; gaps are bridged smallest first, while one
 * side is below `minRequestBytes` and the whole stays within `overheadMax`.
 * @param ranges In any order; they may touch or overlap; sizes are positive.
 * @returns Disjoint spans in order of offset that hold every range once; `[]` for none.
 */
export function coalesceRanges<Part extends ByteRange>(
  ranges: readonly Part[],
  options: CoalesceOptions = DEFAULT_COALESCING,
): CoalescedRange<Part>[] {
  return atOnce(coalesceBySlices(ranges, options));
}

/** As {@link coalesceRanges}. */
export function* coalesceBySlices<Part extends ByteRange>(
  ranges: readonly Part[],
  options: CoalesceOptions,
): Slices<CoalescedRange<Part>[]> {
  const spans = yield* joinTouching(ranges, options.maxRequestBytes);
  const neededBytes = spans.reduce((sum, span) => sum + span.end - span.offset, 0);
  const bridged = bridgeGaps(spans, options, Math.floor(neededBytes * (options.overheadMax - 1)));
  return bridged.map(({ offset, end, parts }) => ({ offset, sizeBytes: end - offset, parts }));
}

function* joinTouching<Part extends ByteRange>(
  ranges: readonly Part[],
  maxRequestBytes: number,
): Slices<Span<Part>[]> {
  const sorted = ranges.toSorted((a, b) => a.offset - b.offset || a.sizeBytes - b.sizeBytes);
  const spans: Span<Part>[] = [];
  for (let first = 0; first < sorted.length; ) {
    yield;
    const run = findRun(sorted, first);
    yield* splitEvenly(sorted, { first, ...run }, { maxRequestBytes, spans });
    first = run.behind;
  }
  return spans;
}

/** Ranges that touch or overlap, one after the other. */
interface Run {
  readonly first: number;
  /** Index behind the last. */
  readonly behind: number;
  readonly end: number;
}

function findRun(sorted: readonly ByteRange[], first: number): Omit<Run, 'first'> {
  let end = Number.NEGATIVE_INFINITY;
  let behind = first;
  for (let part = sorted[behind]; part !== undefined; part = sorted[behind]) {
    if (behind > first && part.offset > end) break;
    end = Math.max(end, part.offset + part.sizeBytes);
    behind++;
  }
  return { behind, end };
}

/**
 * Cut a run of touching pieces into as few spans as fit `maxRequestBytes`, of about the same size: cutting whenever one
 * is full would leave a remainder too small to be worth its request.
 */
function* splitEvenly<Part extends ByteRange>(
  sorted: readonly Part[],
  run: Run,
  { maxRequestBytes, spans }: { readonly maxRequestBytes: number; readonly spans: Span<Part>[] },
): Slices<void> {
  let last: Span<Part> | undefined;
  let targetBytes = 0;
  for (let at = run.first; at < run.behind; ) {
    if (isPause(at)) yield;
    const { offset } = sorted[at] as Part;
    const piece = findPiece(sorted, at);
    const grownBytes = last === undefined ? Number.POSITIVE_INFINITY : piece.end - last.offset;
    const lastBytes = last === undefined ? 0 : last.end - last.offset;
    const overshoots = grownBytes - targetBytes > targetBytes - lastBytes;
    if (last === undefined || grownBytes > maxRequestBytes || overshoots) {
      const leftBytes = run.end - offset;
      targetBytes = leftBytes / Math.ceil(leftBytes / maxRequestBytes);
      last = { offset, end: piece.end, parts: [] };
      spans.push(last);
    }
    last.end = piece.end;
    for (; at < piece.behind; at++) last.parts.push(sorted[at] as Part);
  }
}

/** Overlapping ranges have to share a span. */
function findPiece(sorted: readonly ByteRange[], first: number): { behind: number; end: number } {
  let end = Number.NEGATIVE_INFINITY;
  let behind = first;
  for (let part = sorted[behind]; part !== undefined; part = sorted[behind]) {
    if (behind > first && part.offset >= end) break;
    end = Math.max(end, part.offset + part.sizeBytes);
    behind++;
  }
  return { behind, end };
}

function bridgeGaps<Part>(spans: Span<Part>[], options: CoalesceOptions, budgetBytes: number): Span<Part>[] {
  const gaps = spans
    .slice(1)
    .map((span, index) => ({ right: index + 1, sizeBytes: span.offset - (spans[index] as Span<Part>).end }))
    .sort((a, b) => a.sizeBytes - b.sizeBytes || a.right - b.right);
  /** For each span, the first of the joined span it belongs to. */
  const first = spans.map((_, index) => index);
  const headOf = (index: number): number => {
    let at = index;
    while (first[at] !== at) at = first[at] as number;
    first[index] = at;
    return at;
  };
  let left = budgetBytes;
  for (const gap of gaps) {
    if (gap.sizeBytes > Math.min(left, options.gapBytesMax)) break;
    const head = spans[headOf(gap.right - 1)] as Span<Part>;
    const tail = spans[gap.right] as Span<Part>;
    if (!worthBridging(head, tail, options)) continue;
    left -= gap.sizeBytes;
    head.end = tail.end;
    for (const part of tail.parts) head.parts.push(part);
    first[gap.right] = headOf(gap.right - 1);
  }
  return spans.filter((_, index) => first[index] === index);
}

function worthBridging<Part>(head: Span<Part>, tail: Span<Part>, options: CoalesceOptions): boolean {
  const smaller = Math.min(head.end - head.offset, tail.end - tail.offset);
  return smaller < options.minRequestBytes && tail.end - head.offset <= options.maxRequestBytes;
}
