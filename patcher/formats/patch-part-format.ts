import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { atOnce } from '../threads/slices.ts';
import {
  type FileKind,
  parseFramePreamble,
  type Preamble,
  PREAMBLE_BYTES,
  serializeFramedHeader,
  unpackHeader,
} from './framed-header.ts';
import { PatchPartSchema } from './gen/patch_pb.ts';
import type { Sha256 } from './manifest.ts';
import type { OldFile, PatchAddressMap, PatchSegment, UnplacedSegment } from './patch.ts';
import { toAddressMapColumns, toSegmentColumns } from './patch-columns.ts';
import { invalidPatch } from './patch-errors.ts';
import { asInvalidPatch, toAddressMaps, toSegments } from './patch-rows.ts';
import { SHA256_BYTES, sha256At } from './sha256.ts';

const PART: FileKind = { magic: Buffer.from('\u0089GPPART\n', 'latin1'), version: 1 };

/** A part's header, before it is laid out. Old files count in the list of all the old tree's files. */
export interface PartHeader {
  readonly planDigest: Sha256;
  /** Row of the part's first segment in the plan. */
  readonly firstSegment: number;
  readonly segments: readonly UnplacedSegment[];
  /** `firstSegment` counts in the part. */
  readonly addressMaps: readonly PatchAddressMap[];
}

/** A part's header as read; `newOffset` of its segments counts in the part. */
export interface ParsedPart extends Omit<PartHeader, 'segments'> {
  readonly segments: readonly PatchSegment[];
}

/** Write what stands before the bodies of a part's segments. @see docs/formats/patch.md#parts */
export function serializePartHeader(header: PartHeader): Uint8Array {
  const message = create(PatchPartSchema, {
    planDigest: Buffer.from(header.planDigest, 'hex'),
    firstSegment: header.firstSegment,
    segments: toSegmentColumns(header.segments),
    addressMaps: toAddressMapColumns(header.addressMaps),
  });
  return serializeFramedHeader(PART, toBinary(PatchPartSchema, message));
}

/** @throws {AppError} `PATCH_FORMAT_INVALID`, `PATCH_VERSION_UNSUPPORTED`. */
export function parsePartPreamble(bytes: Uint8Array): Preamble {
  return parseFramePreamble(PART, bytes);
}

/**
 * Read a part's header; every count, index and sum is checked.
 * @param oldFiles All files of the old tree, in its order.
 * @throws {AppError} `PATCH_FORMAT_INVALID`.
 */
export function parsePartHeader(
  preamble: Preamble,
  packed: Uint8Array,
  oldFiles: readonly OldFile[],
): ParsedPart {
  return asInvalidPatch(() => {
    const body = unpackHeader(preamble, packed);
    const message = fromBinary(PatchPartSchema, body, { readUnknownFields: false });
    const { planDigest, firstSegment, segments: columns, addressMaps } = message;
    if (!columns || !addressMaps) throw invalidPatch('a table is missing');
    if (planDigest.length !== SHA256_BYTES) throw invalidPatch('its digest is not 32 bytes long');
    const sizes = Float64Array.from(oldFiles, ({ sizeBytes }) => sizeBytes);
    const segments = atOnce(toSegments(columns, sizes, PREAMBLE_BYTES + packed.length));
    return {
      planDigest: sha256At(planDigest, 0),
      firstSegment,
      segments,
      addressMaps: toAddressMaps(addressMaps, oldFiles.length, segments.length),
    };
  });
}
