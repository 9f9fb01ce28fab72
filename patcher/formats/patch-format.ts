import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Sha256 } from './manifest.ts';
import { PatchSchema, type Patch as PatchMessage } from './gen/patch_pb.ts';
import type { Patch, UnplacedSegment } from './patch.ts';
import {
  toAddressMapColumns,
  toListingColumns,
  toOldFileColumns,
  toSegmentColumns,
} from './patch-columns.ts';
import { invalidPatch, patchErrors } from './patch-errors.ts';
import { asInvalidPatch, toAddressMaps, toListing, toOldFiles, toSegments } from './patch-rows.ts';
import { computeSha256Bytes, equalSha256, SHA256_BYTES, sha256At } from './sha256.ts';
import { compressFrame, decompressFrame } from './zstd-frame.ts';

/** First bytes of every patch: a byte that is no text, then a name that is. */
const MAGIC = Buffer.from('\u0089GPATCH\n', 'latin1');
/** Version 1 was never published; patches are made anew, and a client without one updates by chunks. */
const VERSION = 2;
/** Magic 8, version u16, reserved u16, raw and packed length of the header u32 each, its SHA-256 32; little-endian. */
export const PREAMBLE_BYTES = 52;
const PREAMBLE_HASH_OFFSET = 20;
/** Written once, read often, and mostly paths. */
const COMPRESSION_LEVEL = 19;
/** The decoder's window, 2^n bytes: what zstd asks for at that level. */
const WINDOW_LOG_MAX = 25;
/** Raw header: as large as a manifest's body may be, for it lists the same tree. */
const HEADER_RAW_BYTES_MAX = 256 * 2 ** 20;
const HEADER_PACKED_BYTES_MAX = 128 * 2 ** 20;

/** Everything a patch's header says, before it is laid out. */
export type PatchHeader = Omit<Patch, 'segments'> & { readonly segments: readonly UnplacedSegment[] };

/** Where the header lies and what it must be. */
export interface Preamble {
  readonly headerRawBytes: number;
  readonly headerPackedBytes: number;
  readonly headerSha256: Sha256;
}

/**
 * Write what stands before the segments' bodies: preamble and header. The bodies follow in order.
 * @see docs/formats/patch.md
 */
export function serializePatchHeader(header: PatchHeader): Uint8Array {
  const body = toBinary(
    PatchSchema,
    create(PatchSchema, {
      oldTreeDigest: Buffer.from(header.oldTreeDigest, 'hex'),
      newTreeDigest: Buffer.from(header.newTreeDigest, 'hex'),
      oldFilesDigest: Buffer.from(header.oldFilesDigest, 'hex'),
      listing: toListingColumns(header.entries),
      oldFiles: toOldFileColumns(header.oldFiles),
      segments: toSegmentColumns(header.segments),
      addressMaps: toAddressMapColumns(header.addressMaps),
    }),
  );
  const packed = compressFrame(body, { level: COMPRESSION_LEVEL, checksum: false });
  if (body.length > HEADER_RAW_BYTES_MAX || packed.length > HEADER_PACKED_BYTES_MAX) {
    throw invalidPatch('its header would be larger than readers take');
  }
  const preamble = Buffer.alloc(PREAMBLE_BYTES);
  MAGIC.copy(preamble);
  preamble.writeUInt16LE(VERSION, 8);
  preamble.writeUInt32LE(body.length, 12);
  preamble.writeUInt32LE(packed.length, 16);
  preamble.set(computeSha256Bytes(packed), PREAMBLE_HASH_OFFSET);
  return Buffer.concat([preamble, packed]);
}

/**
 * Read the first bytes of a patch.
 * @param bytes At least `PREAMBLE_BYTES`, if the patch has that many.
 * @throws {AppError} `PATCH_FORMAT_INVALID`, `PATCH_VERSION_UNSUPPORTED`.
 */
export function parsePreamble(bytes: Uint8Array): Preamble {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, PREAMBLE_BYTES));
  if (view.length < PREAMBLE_BYTES || !view.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw invalidPatch('it does not begin like one');
  }
  const version = view.readUInt16LE(8);
  if (version !== VERSION) {
    throw patchErrors.error('PATCH_VERSION_UNSUPPORTED', { version, versionSupported: VERSION });
  }
  if (view.readUInt16LE(10) !== 0) throw invalidPatch('its first bytes are damaged');
  const headerRawBytes = view.readUInt32LE(12);
  const headerPackedBytes = view.readUInt32LE(16);
  if (headerRawBytes > HEADER_RAW_BYTES_MAX || headerPackedBytes > HEADER_PACKED_BYTES_MAX) {
    throw invalidPatch('its header is larger than allowed');
  }
  const headerSha256 = view.toString('hex', PREAMBLE_HASH_OFFSET) as Sha256;
  return { headerRawBytes, headerPackedBytes, headerSha256 };
}

/**
 * Read a patch's header from anywhere: every count, index, sum, order, path and link is checked.
 * @param packed Exactly `preamble.headerPackedBytes` bytes.
 * @throws {AppError} `PATCH_FORMAT_INVALID`; `PATH_…` and `LINK_…` never leave unwrapped.
 */
export function parsePatchHeader(preamble: Preamble, packed: Uint8Array): Patch {
  const expected = Buffer.from(preamble.headerSha256, 'hex');
  if (!equalSha256(computeSha256Bytes(packed), expected)) throw invalidPatch('its header is damaged');
  return asInvalidPatch(() => {
    const body = decompressFrame(packed, {
      outputBytesMax: preamble.headerRawBytes,
      windowLogMax: WINDOW_LOG_MAX,
    });
    if (body.length !== preamble.headerRawBytes) throw invalidPatch('its header has the wrong length');
    const bodiesOffset = PREAMBLE_BYTES + packed.length;
    return toPatch(fromBinary(PatchSchema, body, { readUnknownFields: false }), bodiesOffset);
  });
}

function toPatch(message: PatchMessage, bodiesOffset: number): Patch {
  if (!message.listing || !message.oldFiles || !message.segments) throw invalidPatch('a part is missing');
  const oldFiles = toOldFiles(message.oldFiles);
  const segments = toSegments(message.segments, oldFiles, bodiesOffset);
  const last = segments.at(-1);
  const madeBytes = last === undefined ? 0 : last.newOffset + last.newBytes;
  return {
    oldTreeDigest: toDigest(message.oldTreeDigest),
    newTreeDigest: toDigest(message.newTreeDigest),
    oldFilesDigest: toDigest(message.oldFilesDigest),
    entries: toListing(message.listing, oldFiles, madeBytes),
    oldFiles,
    segments,
    addressMaps:
      message.addressMaps === undefined
        ? []
        : toAddressMaps(message.addressMaps, oldFiles.length, segments.length),
  };
}

function toDigest(bytes: Uint8Array): Sha256 {
  if (bytes.length !== SHA256_BYTES) throw invalidPatch('a digest is not 32 bytes long');
  return sha256At(bytes, 0);
}
