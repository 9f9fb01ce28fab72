import { AppError } from '../errors.ts';
import type { AddressMap } from '../executables/address-map.ts';
import {
  type OldRange,
  type PatchSegment,
  SEGMENT_OLD_BYTES_MAX,
  SEGMENT_ROWS_MAX,
} from '../formats/patch.ts';
import { type ExpandedParts, parseSegmentBody, type SegmentBody } from '../formats/segment-body.ts';
import { computeSha256 } from '../formats/sha256.ts';
import { DifferencesCoder, type DifferencesLevel } from '../kernels/differences/differences-coder.ts';
import { decodeRows, type RowTriples } from '../kernels/rows/rows-coder.ts';
import { damaged, deltaErrors } from './delta-errors.ts';
import { collapseNew, expandOld, openExpansion, roomForNew } from './decode-expansion.ts';
import { decodeExtra } from './extra-coding.ts';
import { ReusableBytes } from './reusable-bytes.ts';
import { predictInPlace } from './predict-ranges.ts';
import { countAlignedBytes, gatherMarks, gatherOld, scatterNew } from './row-triples.ts';
import { DIFFERENCES_CODING } from './segment-coding.ts';

/** What {@link decodeSegment} needs: the row of the table, the body, and a way to read old bytes. */
export interface SegmentRequest {
  readonly segment: Pick<
    PatchSegment,
    'packedBytes' | 'packedSha256' | 'newBytes' | 'newSha256' | 'oldRanges'
  >;
  /** The segment's body as fetched; nothing about it is trusted. */
  readonly compressed: Uint8Array;
  /** Fill `into` with the old bytes of the range. Throws its own typed error when they cannot be had. */
  readonly readOld: (range: OldRange, into: Uint8Array) => void;
  /** How addresses moved, by the ranges' `oldFile`. */
  readonly addressMaps: ReadonlyMap<number, AddressMap>;
  /** Where to make the new bytes, if it is long enough; else a buffer of their own is made. */
  readonly room?: Uint8Array<ArrayBuffer> | undefined;
}

/** The thread's coder: its memory serves one segment after the other. */
let differencesCoder: DifferencesCoder | undefined;
/** The thread's old bytes of the segment under way. */
const oldRoom = new ReusableBytes();

/**
 * Make a segment's new bytes from its body and its old bytes. Pure but for `readOld`; holds at most its old
 * bytes (16 MiB), its new bytes twice (8 MiB) and its streams.
 * @returns Exactly `segment.newBytes` bytes with the SHA-256 of the table, in `room` if there is one.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED` when the body is not what the table says or contradicts itself;
 *   `PATCH_RESULT_MISMATCH` when the old bytes are not those the patch was made from; whatever `readOld` throws.
 */
export function decodeSegment({
  segment,
  compressed,
  readOld,
  addressMaps,
  room,
}: SegmentRequest): Uint8Array<ArrayBuffer> {
  if (compressed.length !== segment.packedBytes || computeSha256(compressed) !== segment.packedSha256) {
    throw damaged('it does not have the length and hash the patch lists');
  }
  const oldBytes = readRanges(segment.oldRanges, readOld);
  const made =
    room !== undefined && room.length >= segment.newBytes
      ? room.subarray(0, segment.newBytes)
      : new Uint8Array(segment.newBytes);
  asDamage(() => {
    const body = parseBody(compressed);
    const old = { oldBytes, ranges: segment.oldRanges, addressMaps };
    if (body.expanded === undefined) makeBytes(body, old, made);
    else makeExpanded(body, body.expanded, old, made);
  });
  if (computeSha256(made) !== segment.newSha256) {
    throw deltaErrors.error('PATCH_RESULT_MISMATCH', { reason: 'a segment made other bytes than it should' });
  }
  return made;
}

function readRanges(ranges: readonly OldRange[], readOld: SegmentRequest['readOld']): Uint8Array {
  const total = ranges.reduce((sum, range) => sum + range.length, 0);
  if (total > SEGMENT_OLD_BYTES_MAX) throw damaged('it reads more old bytes than allowed');
  const bytes = oldRoom.take(total);
  let position = 0;
  for (const range of ranges) {
    readOld(range, bytes.subarray(position, position + range.length));
    position += range.length;
  }
  return bytes;
}

/** Errors of kernels, told as what they mean here. */
function asDamage(make: () => void): void {
  try {
    make();
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('PATCH_')) throw error;
    throw damaged('its fields cannot be read', error);
  }
}

function parseBody(compressed: Uint8Array): SegmentBody {
  const message = parseSegmentBody(compressed);
  if (message === undefined) throw damaged('its parts do not fit it');
  if (message.rowCount > SEGMENT_ROWS_MAX) throw damaged('it has too many rows');
  return message;
}

/** A segment's old side. */
interface OldSide {
  /** The ranges end to end. */
  readonly oldBytes: Uint8Array;
  readonly ranges: readonly OldRange[];
  readonly addressMaps: ReadonlyMap<number, AddressMap>;
}

/** Fill `made` with bytes whose streams are packed again. */
function makeExpanded(body: SegmentBody, parts: ExpandedParts, old: OldSide, made: Uint8Array): void {
  const expansion = openExpansion(parts);
  const expandedOld = expandOld(expansion, parts, old);
  const expandedNew = roomForNew(parts);
  makeBytes(body, { ...old, ...expandedOld }, expandedNew);
  collapseNew(expansion, expandedNew, made);
}

/** Fill `made`: every byte of it lies in a row or in a gap. */
function makeBytes(message: SegmentBody, old: OldSide, made: Uint8Array): void {
  const rows = decodeRows(message.rows, {
    rowCount: message.rowCount,
    newBytes: made.length,
    oldBytes: old.oldBytes.length,
  });
  if (rows === undefined) throw damaged('it points outside its bytes');
  const marks = message.predicted ? predictInPlace(old.ranges, old.oldBytes, old.addressMaps) : undefined;
  scatterNew(rows, decodeAligned(message, rows, old.oldBytes, marks), made);
  decodeExtra(
    { coding: message.extraCoding, bytes: message.extra },
    { newBytes: made, rows, oldBytes: old.oldBytes },
  );
}

/** The new bytes of all rows, end to end. */
function decodeAligned(
  message: SegmentBody,
  rows: RowTriples,
  oldBytes: Uint8Array,
  oldMarks: Uint8Array | undefined,
): Uint8Array {
  differencesCoder ??= new DifferencesCoder();
  const length = countAlignedBytes(rows);
  const aligned = differencesCoder.predictedRoom(length);
  gatherOld(rows, oldBytes, aligned);
  if (message.differencesCoding === 0) return aligned;
  return differencesCoder.decodeInPlace({
    length,
    marks: oldMarks && gatherMarks(rows, oldMarks),
    coded: message.differences,
    level: levelOf(message.differencesCoding),
  });
}

function levelOf(coding: number): DifferencesLevel {
  if (coding === DIFFERENCES_CODING.quick) return 'quick';
  if (coding === DIFFERENCES_CODING.full) return 'full';
  throw damaged(`unknown coding of differences ${coding}`);
}
