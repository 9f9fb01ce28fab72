import type { DeflateCoder } from '../kernels/deflate/deflate-coder.ts';
import { BoundedOutput } from './bounded-output.ts';
import { COLLAPSE_WORK_MAX, INFLATED_BYTES_MAX } from './deflate-stream.ts';
import type { RebuiltStream } from './expansion.ts';

/**
 * Pack the content of streams again: what a player does with the bytes a segment's delta gave.
 * @param streams Need not be trusted; offsets are those in the result.
 * @param collapsed Where to put the result, which is as long.
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
  const most = { bytes: Math.min(inflatedBytes, output.freeBytes), work: workLeft };
  const packed = coder.rebuild(expanded.subarray(start, end), description, most);
  if (packed === undefined) return undefined;
  let from = 0;
  let gapAt = end;
  for (const { afterBytes, gapBytes } of cuts) {
    if (from + afterBytes > packed.length || gapAt + gapBytes > expanded.length) return undefined;
    if (!output.append(packed.subarray(from, from + afterBytes))) return undefined;
    if (!output.append(expanded.subarray(gapAt, gapAt + gapBytes))) return undefined;
    from += afterBytes;
    gapAt += gapBytes;
  }
  return output.append(packed.subarray(from)) ? gapAt : undefined;
}
