import { parseUnsignedColumn, serializeUnsignedColumn } from '../formats/varint-column.ts';
import { damaged } from './delta-errors.ts';

/**
 * The difference stream, split into what compresses together: how long bytes stay equal, how long they do not, and
 * the differences themselves (new minus old, modulo 256).
 */
export interface DiffStreams {
  /** Rows of both columns of runs. */
  readonly runCount: number;
  /** Varints: length of each run of equal bytes; only the first may be 0. */
  readonly equalRuns: Uint8Array;
  /** Varints: length, minus 1, of the run of differences that follows each equal run. */
  readonly differentRuns: Uint8Array;
  /** The runs of differences, joined. Zeros occur inside: equal bytes too few to be a run. */
  readonly differences: Uint8Array;
}

/**
 * Split a difference stream; the equal bytes at its end are left out, since the reader knows the total.
 * @param equalRunBytesMin Fewer equal bytes than this stay among the differences. 1 keeps the three streams as short
 *   as can be; more leaves a coder with memory (brotli) the places of the differences to learn from.
 */
export function splitDiff(diff: Uint8Array, equalRunBytesMin: number): DiffStreams {
  const equalRuns: number[] = [];
  const differentRuns: number[] = [];
  const differences = new Uint8Array(diff.length);
  let differenceBytes = 0;
  let decided = 0;
  for (;;) {
    const from = skipZeros(diff, decided);
    if (from === diff.length) break;
    const to = endOfDifferent(diff, from, equalRunBytesMin);
    equalRuns.push(from - decided);
    differentRuns.push(to - from - 1);
    differences.set(diff.subarray(from, to), differenceBytes);
    differenceBytes += to - from;
    decided = to;
  }
  return {
    runCount: equalRuns.length,
    equalRuns: serializeUnsignedColumn(equalRuns),
    differentRuns: serializeUnsignedColumn(differentRuns),
    differences: differences.slice(0, differenceBytes),
  };
}

/**
 * Add a split difference stream onto old bytes.
 * @param onto Aligned old bytes; becomes the new bytes.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED` or `FORMAT_COLUMN_MALFORMED` when the streams do not fit.
 */
export function addDiff(onto: Uint8Array, streams: DiffStreams): void {
  const { runCount, differences } = streams;
  const equalRuns = parseUnsignedColumn(streams.equalRuns, runCount, 'equal_runs');
  const differentRuns = parseUnsignedColumn(streams.differentRuns, runCount, 'different_runs');
  let position = 0;
  let next = 0;
  for (let run = 0; run < runCount; run++) {
    position += equalRuns[run] as number;
    const length = (differentRuns[run] as number) + 1;
    if (position + length > onto.length || next + length > differences.length) {
      throw damaged('its differences go beyond the end');
    }
    const end = position + length;
    while (position < end) {
      onto[position] = (onto[position] as number) + (differences[next++] as number);
      position++;
    }
  }
  if (next !== differences.length) throw damaged('differences are left over');
}

function skipZeros(diff: Uint8Array, from: number): number {
  let position = from;
  while (position < diff.length && diff[position] === 0) position++;
  return position;
}

function endOfDifferent(diff: Uint8Array, from: number, equalRunBytesMin: number): number {
  let end = from + 1;
  for (let position = end; position < diff.length && position - end < equalRunBytesMin; position++) {
    if (diff[position] !== 0) end = position + 1;
  }
  return end;
}
