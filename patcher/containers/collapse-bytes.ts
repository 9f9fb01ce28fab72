import type { DeflateCoder } from '../kernels/deflate/deflate-coder.ts';
import { BoundedOutput } from './bounded-output.ts';
import { COLLAPSE_WORK_MAX, INFLATED_BYTES_MAX } from './deflate-stream.ts';
import type { Cut, RebuiltStream } from './expansion.ts';

/**
 * Pack the content of streams again: what a player does with the bytes a segment's delta gave.
 * @param expanded In the coder's memory.
 * @param streams Need not be trusted; offsets are those in the result.
 * @param collapsed Where to put the result, which is as long; there, too.
 * @param workMost How much work all streams together may take.
 * @returns False when the streams do not give a result of that length, or not with so much work. Its bytes may still be
 *   wrong.
 */
export function collapseBytes(
  expanded: Uint8Array,
  streams: readonly RebuiltStream[],
  collapsed: Uint8Array,
  coder: DeflateCoder,
  workMost = COLLAPSE_WORK_MAX,
): boolean {
  const output = new BoundedOutput(collapsed);
  let workLeft = workMost;
  let position = 0;
  for (const stream of streams) {
    const start = position + stream.gapBytes;
    if (start > expanded.length || !output.append(expanded.subarray(position, start))) return false;
    const end = collapseStream(expanded, start, stream, { output, coder, workLeft });
    if (end === undefined) return false;
    workLeft -= coder.rebuildWork;
    position = end;
  }
  return output.append(expanded.subarray(position)) && output.freeBytes === 0;
}

interface Collapsing {
  readonly output: BoundedOutput;
  readonly coder: DeflateCoder;
  readonly workLeft: number;
}

function collapseStream(
  expanded: Uint8Array,
  start: number,
  { cuts, inflatedBytes, description }: RebuiltStream,
  { output, coder, workLeft }: Collapsing,
): number | undefined {
  const end = start + inflatedBytes;
  if (inflatedBytes > INFLATED_BYTES_MAX || end > expanded.length) return undefined;
  // A stream that is larger than its content is not expanded.
  const room = output.room(inflatedBytes);
  const packedBytes = coder.rebuild(expanded.subarray(start, end), description, room, workLeft);
  if (packedBytes === undefined) return undefined;
  if (cuts.length === 0) {
    output.advance(packedBytes);
    return end;
  }
  return spreadCuts(packedBytes, cuts, expanded.subarray(end), output) ? end + sumGaps(cuts) : undefined;
}

function sumGaps(cuts: readonly Cut[]): number {
  return cuts.reduce((sum, { gapBytes }) => sum + gapBytes, 0);
}

/**
 * Move a stream's pieces, the last first, to where they belong among the foreign bytes of its cuts.
 * @param packedBytes How many bytes of the stream lie in the output's room.
 * @param foreign What begins with the foreign bytes.
 */
function spreadCuts(
  packedBytes: number,
  cuts: readonly Cut[],
  foreign: Uint8Array,
  output: BoundedOutput,
): boolean {
  let gapEnd = sumGaps(cuts);
  let from = cuts.reduce((sum, { afterBytes }) => sum + afterBytes, 0);
  if (from > packedBytes || gapEnd > foreign.length || packedBytes + gapEnd > output.freeBytes) return false;
  const room = output.room(packedBytes + gapEnd);
  let pieceEnd = packedBytes;
  for (const { afterBytes, gapBytes } of cuts.toReversed()) {
    room.copyWithin(from + gapEnd, from, pieceEnd);
    room.set(foreign.subarray(gapEnd - gapBytes, gapEnd), from + gapEnd - gapBytes);
    pieceEnd = from;
    from -= afterBytes;
    gapEnd -= gapBytes;
  }
  output.advance(room.length);
  return true;
}
