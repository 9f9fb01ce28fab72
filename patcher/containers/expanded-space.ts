import type { DeflateStream } from './deflate-stream.ts';

/** A stretch of a space. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** A stretch of real bytes and the expanded bytes it gives. */
export interface ExpandedStretch {
  readonly real: Stretch;
  readonly expanded: Stretch;
  /** Rows of the streams in it, from the first to before the last. */
  readonly firstStream: number;
  readonly endStream: number;
}

/** How much of a stream a stretch touches. */
export interface StreamUse {
  /** Row of the stream. */
  readonly stream: number;
  readonly length: number;
  /** Expanded bytes of the stream and its cuts. */
  readonly unitBytes: number;
}

/**
 * Where real bytes lie in their expanded form and the other way round. A stream with its cuts is a unit: a segment
 * holds it whole or not at all.
 */
export class ExpandedSpace {
  readonly sizeBytes: number;
  readonly expandedBytes: number;
  /** Where units begin and end, in real and in expanded bytes. */
  readonly #realStart: Float64Array;
  readonly #realEnd: Float64Array;
  readonly #start: Float64Array;
  readonly #end: Float64Array;

  /** @param streams In the order of their offsets, not overlapping, each inflating to what it says. */
  constructor(sizeBytes: number, streams: readonly DeflateStream[]) {
    const columns = Array.from({ length: 4 }, () => new Float64Array(streams.length));
    [this.#realStart, this.#realEnd, this.#start, this.#end] = columns as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    let grown = 0;
    streams.forEach(({ pieces, packedBytes, inflatedBytes }, row) => {
      const first = pieces[0];
      const last = pieces.at(-1);
      if (first === undefined || last === undefined) throw new RangeError('a stream lies nowhere');
      const end = last.offset + last.sizeBytes;
      this.#realStart[row] = first.offset;
      this.#realEnd[row] = end;
      this.#start[row] = first.offset + grown;
      grown += inflatedBytes - packedBytes;
      this.#end[row] = end + grown;
    });
    this.sizeBytes = sizeBytes;
    this.expandedBytes = sizeBytes + grown;
  }

  /** The least stretch that holds these expanded bytes and only whole units. */
  cover({ start, length }: Stretch): ExpandedStretch {
    const firstStream = firstAbove(this.#end, start);
    const endStream = Math.max(firstStream, firstAtLeast(this.#start, start + length));
    const from = firstStream < endStream ? Math.min(start, this.#start[firstStream] as number) : start;
    const to =
      firstStream < endStream ? Math.max(start + length, this.#end[endStream - 1] as number) : start + length;
    const realFrom = this.#toReal(from, firstStream);
    const realTo = this.#toReal(to, endStream);
    return {
      real: { start: realFrom, length: realTo - realFrom },
      expanded: { start: from, length: to - from },
      firstStream,
      endStream,
    };
  }

  /** The parts of an expanded stretch that lie in no unit; `start` counts in real bytes. */
  *outsideStreams({ start, length }: Stretch): Generator<Stretch & { readonly expandedStart: number }> {
    const end = start + length;
    let from = start;
    for (let row = firstAbove(this.#end, start); from < end; row++) {
      const to = Math.min(end, this.#start[row] ?? end);
      if (to > from) yield { start: this.#toReal(from, row), length: to - from, expandedStart: from };
      from = Math.max(from, this.#end[row] ?? end);
    }
  }

  /** The units that an expanded stretch touches, and how much of each. */
  *insideStreams({ start, length }: Stretch): Generator<StreamUse> {
    const end = start + length;
    for (let row = firstAbove(this.#end, start); (this.#start[row] ?? end) < end; row++) {
      const from = this.#start[row] as number;
      const to = this.#end[row] as number;
      yield { stream: row, length: Math.min(end, to) - Math.max(start, from), unitBytes: to - from };
    }
  }

  /** Where a real position lies in the expanded bytes; inside a unit, where that begins. */
  toExpanded(position: number): number {
    const row = firstAbove(this.#realEnd, position);
    if ((this.#realStart[row] ?? Infinity) <= position) return this.#start[row] as number;
    return row === 0
      ? position
      : position + (this.#end[row - 1] as number) - (this.#realEnd[row - 1] as number);
  }

  /** @param row The first unit that ends behind the position, which lies in none. */
  #toReal(position: number, row: number): number {
    if (row === 0) return position;
    return position - (this.#end[row - 1] as number) + (this.#realEnd[row - 1] as number);
  }
}

/** The first row whose value is above; the count if none is. */
function firstAbove(values: Float64Array, value: number): number {
  return search(values.length, (row) => (values[row] as number) > value);
}

function firstAtLeast(values: Float64Array, value: number): number {
  return search(values.length, (row) => (values[row] as number) >= value);
}

function search(count: number, holds: (row: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
