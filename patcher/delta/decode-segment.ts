import { fromBinary } from '@bufbuild/protobuf';
import { AppError } from '../errors.ts';
import { type Segment, SegmentSchema, type Stream } from '../formats/gen/patch_pb.ts';
import {
  type OldRange,
  type PatchSegment,
  SEGMENT_OLD_BYTES_MAX,
  SEGMENT_ROWS_MAX,
} from '../formats/patch.ts';
import { computeSha256 } from '../formats/sha256.ts';
import type { Alignment } from './alignment.ts';
import { parseControl } from './control-coding.ts';
import { damaged, deltaErrors } from './delta-errors.ts';
import { addDiff } from './diff-coding.ts';
import { decodeStream } from './stream-coding.ts';

/** What {@link decodeSegment} needs: the row of the table, the body, and a way to read old bytes. */
export interface SegmentRequest {
  readonly segment: Pick<
    PatchSegment,
    'packedBytes' | 'packedSha256' | 'newBytes' | 'newSha256' | 'oldRanges'
  >;
  /** The segment's body as fetched; nothing about it is trusted. */
  readonly compressed: Uint8Array;
  /** Exactly `range.length` old bytes. May throw its own typed error when they cannot be had. */
  readonly readOld: (range: OldRange) => Uint8Array;
}

/**
 * Make a segment's new bytes from its body and its old bytes. Pure but for `readOld`; holds at most its old
 * bytes (32 MiB), its new bytes twice (16 MiB) and its streams.
 * @returns Exactly `segment.newBytes` bytes with the SHA-256 of the table.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED` when the body is not what the table says or contradicts itself;
 *   `PATCH_RESULT_MISMATCH` when the old bytes are not those the patch was made from; whatever `readOld` throws.
 */
export function decodeSegment({ segment, compressed, readOld }: SegmentRequest): Uint8Array {
  if (compressed.length !== segment.packedBytes || computeSha256(compressed) !== segment.packedSha256) {
    throw damaged('it does not have the length and hash the patch lists');
  }
  const oldBytes = readRanges(segment.oldRanges, readOld);
  const made = asDamage(() => makeBytes(parseBody(compressed), oldBytes, segment.newBytes));
  if (computeSha256(made) !== segment.newSha256) {
    throw deltaErrors.error('PATCH_RESULT_MISMATCH', { reason: 'a segment made other bytes than it should' });
  }
  return made;
}

function readRanges(ranges: readonly OldRange[], readOld: SegmentRequest['readOld']): Uint8Array {
  const total = ranges.reduce((sum, range) => sum + range.length, 0);
  if (total > SEGMENT_OLD_BYTES_MAX) throw damaged('it reads more old bytes than allowed');
  const bytes = new Uint8Array(total);
  let position = 0;
  for (const range of ranges) {
    const part = readOld(range);
    if (part.length !== range.length) {
      throw deltaErrors.error('PATCH_OLD_MISMATCH', {
        path: `old file ${range.oldFile}`,
        reason: 'is too short',
      });
    }
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** Errors of protobuf and of columns, told as what they mean here. */
function asDamage(make: () => Uint8Array): Uint8Array {
  try {
    return make();
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('PATCH_')) throw error;
    throw damaged('its fields cannot be read', error);
  }
}

function parseBody(compressed: Uint8Array): Segment {
  const message = fromBinary(SegmentSchema, compressed, { readUnknownFields: false });
  if (message.rowCount > SEGMENT_ROWS_MAX || message.runCount > SEGMENT_ROWS_MAX)
    throw damaged('it has too many rows');
  return message;
}

function makeBytes(message: Segment, oldBytes: Uint8Array, newBytes: number): Uint8Array {
  const column = (stream: Stream | undefined): Uint8Array => decodeBounded(stream, 8 * SEGMENT_ROWS_MAX);
  const alignment = parseControl(
    {
      rowCount: message.rowCount,
      gaps: column(message.gaps),
      lengths: column(message.lengths),
      seeks: column(message.seeks),
    },
    { newBytes, oldBytes: oldBytes.length },
  );
  const aligned = copyAligned(alignment, oldBytes);
  addDiff(aligned, {
    runCount: message.runCount,
    equalRuns: column(message.equalRuns),
    differentRuns: column(message.differentRuns),
    differences: decodeBounded(message.differences, aligned.length),
  });
  return weave(alignment, aligned, decodeBounded(message.extra, newBytes), newBytes);
}

function decodeBounded(stream: Stream | undefined, rawBytesMax: number): Uint8Array {
  if (stream === undefined) throw damaged('a stream is missing');
  if (stream.rawBytes > rawBytesMax) throw damaged('a stream is longer than it can be');
  return decodeStream({ coding: stream.coding, rawBytes: stream.rawBytes, bytes: stream.data });
}

/** The old bytes of all rows laid end to end. */
function copyAligned(alignment: Alignment, oldBytes: Uint8Array): Uint8Array {
  const aligned = new Uint8Array(alignment.length.reduce((sum, length) => sum + length, 0));
  let position = 0;
  for (let row = 0; row < alignment.count; row++) {
    const start = alignment.oldStart[row] as number;
    const length = alignment.length[row] as number;
    aligned.set(oldBytes.subarray(start, start + length), position);
    position += length;
  }
  return aligned;
}

/** Lay rows and the bytes between them into the new bytes. */
function weave(alignment: Alignment, aligned: Uint8Array, extra: Uint8Array, newBytes: number): Uint8Array {
  if (aligned.length + extra.length !== newBytes) throw damaged('it makes too many or too few bytes');
  const made = new Uint8Array(newBytes);
  let fromAligned = 0;
  let fromExtra = 0;
  let position = 0;
  for (let row = 0; row < alignment.count; row++) {
    const start = alignment.newStart[row] as number;
    const length = alignment.length[row] as number;
    made.set(extra.subarray(fromExtra, fromExtra + start - position), position);
    fromExtra += start - position;
    made.set(aligned.subarray(fromAligned, fromAligned + length), start);
    fromAligned += length;
    position = start + length;
  }
  made.set(extra.subarray(fromExtra), position);
  return made;
}
