import { AppError } from '../../errors.ts';
import type { AddressMap } from '../../executables/address-map.ts';
import {
  type OldRange,
  type PatchSegment,
  SEGMENT_OLD_BYTES_MAX,
  SEGMENT_ROWS_MAX,
} from '../../formats/patch.ts';
import { type Rows, sumLengths } from '../../formats/rows.ts';
import { parseSegmentBody, type SegmentBody } from '../../formats/segment-body.ts';
import { expansionBytesMost, isAllowedDemand, type SegmentDemand } from '../../formats/segment-demand.ts';
import { computeSha256 } from '../../formats/sha256.ts';
import { collapseNew, expandOld, openExpansion } from './decode-expansion.ts';
import { damaged, deltaErrors } from '../delta-errors.ts';
import type { BytesRoom } from './reusable-bytes.ts';
import { type OldSide, type ReadSegment, readRows, SegmentMemory } from './segment-memory.ts';

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
  /** The caller hashes the files that the new bytes become: do not hash them here as well. */
  readonly isHashedLater?: boolean | undefined;
  /** Told once the rows are read, for who has use for them. */
  readonly onRows?: ((read: ReadSegment) => void) | undefined;
}

/** The thread's memory, which serves one segment after the other. */
let segmentMemory: SegmentMemory | undefined;

/** Room for the body of the thread's next segment, where it is decoded without a copy. */
export const segmentBodyRoom: BytesRoom = {
  take: (length) => {
    segmentMemory ??= new SegmentMemory();
    return segmentMemory.take(length);
  },
};

/**
 * Make a segment's new bytes from its body and its old bytes. Pure but for `readOld`; holds at most its old bytes
 * (16 MiB), its new bytes (8 MiB, 12 where streams are expanded) and 25 MiB.
 * @returns Exactly `segment.newBytes` bytes with the SHA-256 of the table, good until the thread's next segment.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED` when the body is not what the table says or contradicts itself;
 *   `PATCH_RESULT_MISMATCH` when the old bytes are not those the patch was made from; whatever `readOld` throws.
 */
export function decodeSegment(request: SegmentRequest): Uint8Array<ArrayBuffer> {
  const { segment, compressed } = request;
  if (compressed.length !== segment.packedBytes || computeSha256(compressed) !== segment.packedSha256) {
    throw damaged('it does not have the length and hash the patch lists');
  }
  const oldBytes = sumLengths(segment.oldRanges);
  if (oldBytes > SEGMENT_OLD_BYTES_MAX) throw damaged('it reads more old bytes than allowed');
  const made = asDamage(() => makeBytes(parseBody(compressed), request, oldBytes));
  if (request.isHashedLater !== true && computeSha256(made) !== segment.newSha256) {
    throw deltaErrors.error('PATCH_RESULT_MISMATCH', { reason: 'a segment made other bytes than it should' });
  }
  return made;
}

/** Why old bytes could not be read: told as it is. */
class OldUnreadable extends Error {}

/** Errors of kernels, told as what they mean here. */
function asDamage<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (error instanceof OldUnreadable) throw error.cause;
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

function readRanges({ segment, readOld }: SegmentRequest, into: Uint8Array): Rows<OldRange> {
  let position = 0;
  for (const range of segment.oldRanges) {
    try {
      readOld(range, into.subarray(position, position + range.length));
    } catch (cause) {
      throw new OldUnreadable('', { cause });
    }
    position += range.length;
  }
  return segment.oldRanges;
}

function toDemand(
  { expanded, rowCount }: SegmentBody,
  { segment, compressed }: SegmentRequest,
  oldBytes: number,
): SegmentDemand {
  const held = { bodyBytes: compressed.length, rowCount, expansionBytes: 0 };
  if (expanded === undefined) return { ...held, oldBytes, newBytes: segment.newBytes, realOldBytes: 0 };
  return { ...held, oldBytes: expanded.oldBytes, newBytes: expanded.newBytes, realOldBytes: oldBytes };
}

function makeBytes(body: SegmentBody, request: SegmentRequest, oldBytes: number): Uint8Array<ArrayBuffer> {
  const { segment, addressMaps } = request;
  segmentMemory ??= new SegmentMemory();
  const memory = segmentMemory;
  const { expanded } = body;
  const demand = toDemand(body, request, oldBytes);
  if (!isAllowedDemand(demand)) throw damaged('it takes more memory than allowed');
  if (expanded === undefined) {
    const read = readRows(body, { newBytes: segment.newBytes, oldBytes });
    request.onRows?.(read);
    const fill = (into: Uint8Array): Rows<OldRange> => readRanges(request, into);
    return memory.make(read, { sizeBytes: oldBytes, fill, addressMaps }, segment.newBytes);
  }
  const expansion = openExpansion(expanded, expansionBytesMost(demand));
  const read = readRows(body, expanded);
  request.onRows?.(read);
  const fill = (into: Uint8Array, packed: Uint8Array): Rows<OldRange> =>
    expandOld(
      expansion,
      { oldBytes: packed, ranges: readRanges(request, packed) },
      into,
      memory.deflateCoder(),
    );
  const old: OldSide = { sizeBytes: expanded.oldBytes, packedBytes: oldBytes, fill, addressMaps };
  const expandedNew = memory.make(read, old, expanded.newBytes, segment.newBytes);
  const made = memory.beside(segment.newBytes);
  collapseNew(expansion, expandedNew, made, memory.deflateCoder());
  return made;
}
