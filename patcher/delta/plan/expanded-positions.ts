import { type RebuiltStream, spanOfCuts } from '../../containers/expansion.ts';
import { findLastAtMost } from './old-space.ts';

/** Maps a position in a segment's new bytes to one in its expanded new bytes. */
export type ToExpanded = (position: number) => number;

/**
 * Where a segment's new bytes lie once expanded, as well as its body tells: how long a stream is when packed is not in
 * it, only how long all are together. Enough to tell which file takes how much of a patch.
 */
export function estimatePositions(
  streams: readonly RebuiltStream[],
  sizes: { readonly newBytes: number; readonly expandedBytes: number },
): ToExpanded {
  const ratio = estimateRatio(streams, sizes);
  const real = [0];
  const expanded = [0];
  let at = { real: 0, expanded: 0 };
  for (const stream of streams) {
    const { gapBytes, inflatedBytes } = stream;
    const start = { real: at.real + gapBytes, expanded: at.expanded + gapBytes };
    const packedBytes = stream.cuts.length > 0 ? spanOfCuts(stream) : inflatedBytes * ratio;
    at = {
      real: start.real + packedBytes,
      expanded: start.expanded + inflatedBytes + foreignBytes(stream),
    };
    real.push(start.real, at.real);
    expanded.push(start.expanded, at.expanded);
  }
  real.push(sizes.newBytes);
  expanded.push(sizes.expandedBytes);
  const starts = Float64Array.from(real);
  return (position) => {
    const row = Math.min(findLastAtMost(starts, position), real.length - 2);
    const [from, to] = [real[row] as number, real[row + 1] as number];
    const [start, end] = [expanded[row] as number, expanded[row + 1] as number];
    return to === from ? start : start + ((position - from) * (end - start)) / (to - from);
  };
}

/** Packed bytes for each byte of content, of the streams that do not say how long they are. */
function estimateRatio(
  streams: readonly RebuiltStream[],
  { newBytes, expandedBytes }: { readonly newBytes: number; readonly expandedBytes: number },
): number {
  let grownBytes = expandedBytes - newBytes;
  let contentBytes = 0;
  for (const stream of streams) {
    if (stream.cuts.length === 0) contentBytes += stream.inflatedBytes;
    else grownBytes -= stream.inflatedBytes + foreignBytes(stream) - spanOfCuts(stream);
  }
  return contentBytes === 0 ? 0 : Math.max(0, 1 - grownBytes / contentBytes);
}

function foreignBytes({ cuts }: RebuiltStream): number {
  return cuts.reduce((sum, { gapBytes }) => sum + gapBytes, 0);
}
