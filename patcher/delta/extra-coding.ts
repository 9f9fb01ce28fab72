import type { Effort } from './effort.ts';
import type { Gap } from './row-triples.ts';
import { EXTRA_CODING } from './segment-coding.ts';
import { compressBrotli, compressZstd, decompressStream } from './stream-coding.ts';

/** New bytes of which those in gaps have to be coded. */
export interface ExtraInput {
  readonly newBytes: Uint8Array;
  readonly gaps: readonly Gap[];
  readonly effort: Effort;
}

export interface CodedExtra {
  /** One of `EXTRA_CODING`. */
  readonly coding: number;
  readonly bytes: Uint8Array;
}

/** Code the bytes in gaps with whatever makes them smallest at this effort. */
export function encodeExtra({ newBytes, gaps, effort }: ExtraInput): CodedExtra {
  const extra = gatherGaps(newBytes, gaps);
  const rivals: CodedExtra[] = [
    { coding: EXTRA_CODING.raw, bytes: extra },
    { coding: EXTRA_CODING.zstd, bytes: compressZstd(extra, effort) },
  ];
  if (effort === 'max') rivals.push({ coding: EXTRA_CODING.brotli, bytes: compressBrotli(extra) });
  return rivals.reduce((best, rival) => (rival.bytes.length < best.bytes.length ? rival : best));
}

/**
 * Fill the gaps of new bytes whose rows are already there.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED`.
 */
export function decodeExtra(coded: CodedExtra, newBytes: Uint8Array, gaps: readonly Gap[]): void {
  const bytes = gaps.reduce((sum, { length }) => sum + length, 0);
  const extra = decompressStream(coded.coding, coded.bytes, bytes);
  let position = 0;
  for (const { start, length } of gaps) {
    newBytes.set(extra.subarray(position, position + length), start);
    position += length;
  }
}

function gatherGaps(newBytes: Uint8Array, gaps: readonly Gap[]): Uint8Array {
  const extra = new Uint8Array(gaps.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const { start, length } of gaps) {
    extra.set(newBytes.subarray(start, start + length), position);
    position += length;
  }
  return extra;
}
