import { AppError } from '../../errors.ts';
import { collapseBytes } from '../../containers/collapse-bytes.ts';
import { expandBytes } from '../../containers/expand-bytes.ts';
import type { Expansion } from '../../containers/expansion.ts';
import { parseExpansion } from '../../containers/expansion-format.ts';
import { type OldRange, SEGMENT_EXPANDED_NEW_BYTES_MAX, SEGMENT_OLD_BYTES_MAX } from '../../formats/patch.ts';
import type { Rows } from '../../formats/rows.ts';
import type { ExpandedParts } from '../../formats/segment-body.ts';
import { decompressFrame, FrameError } from '../../formats/zstd-frame.ts';
import type { DeflateCoder } from '../../kernels/deflate/deflate-coder.ts';
import { damaged, deltaErrors } from '../delta-errors.ts';
import { expandRanges } from '../expand-ranges.ts';

/** Beyond what an expansion within its own limits takes: 2 MiB of corrections, and its columns. */
const EXPANSION_BYTES_MAX = 3 * 2 ** 20;
/** What zstd asks for at most for so many bytes. */
const EXPANSION_WINDOW_LOG_MAX = 22;

/**
 * @param mostBytes How long it may be, unpacked.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED`.
 */
export function openExpansion(
  { packed, oldBytes, newBytes }: ExpandedParts,
  mostBytes = Infinity,
): Expansion {
  if (oldBytes > SEGMENT_OLD_BYTES_MAX || newBytes > SEGMENT_EXPANDED_NEW_BYTES_MAX) {
    throw damaged('it expands to more bytes than allowed');
  }
  const outputBytesMax = Math.min(mostBytes, EXPANSION_BYTES_MAX);
  const options = { outputBytesMax, windowLogMax: EXPANSION_WINDOW_LOG_MAX };
  try {
    return parseExpansion(decompressFrame(packed, options));
  } catch (error) {
    if (error instanceof AppError || error instanceof FrameError) {
      throw damaged('what it says of packed streams cannot be read', error);
    }
    throw error;
  }
}

/**
 * Make what a segment's rows count as old bytes.
 * @param coder In whose memory both lie, as those of {@link collapseNew}.
 * @returns The ranges they consist of.
 * @throws {AppError} `PATCH_RESULT_MISMATCH`.
 */
export function expandOld(
  { old: streams }: Expansion,
  { oldBytes, ranges }: { readonly oldBytes: Uint8Array; readonly ranges: Rows<OldRange> },
  expanded: Uint8Array,
  coder: DeflateCoder,
): Rows<OldRange> {
  const places = expandBytes(oldBytes, streams, expanded, coder);
  if (places === undefined) {
    throw deltaErrors.error('PATCH_RESULT_MISMATCH', {
      reason: 'old bytes do not hold the packed streams they should',
    });
  }
  return expandRanges(ranges, places);
}

/**
 * Pack the streams of a segment again.
 * @param made As long as the segment's new bytes.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED`.
 */
export function collapseNew(
  { new: streams }: Expansion,
  expanded: Uint8Array,
  made: Uint8Array,
  coder: DeflateCoder,
): void {
  if (!collapseBytes(expanded, streams, made, coder)) {
    throw damaged('its streams cannot be packed again');
  }
}
