import type { Sha256 } from './manifest.ts';
import { invalidPatch, patchErrors } from './patch-errors.ts';
import { computeSha256Bytes, equalSha256 } from './sha256.ts';
import { compressFrame, decompressFrame } from './zstd-frame.ts';

/** What a kind of file begins with. */
export interface FileKind {
  /** Eight bytes. */
  readonly magic: Uint8Array;
  readonly version: number;
}

/** Where a header lies and what it must be. */
export interface Preamble {
  readonly headerRawBytes: number;
  readonly headerPackedBytes: number;
  readonly headerSha256: Sha256;
}

/** Magic 8, version u16, reserved u16, raw and packed length of the header u32 each, its SHA-256 32; little-endian. */
export const PREAMBLE_BYTES = 52;
const PREAMBLE_HASH_OFFSET = 20;
/** Written once, read often, and mostly paths. */
const COMPRESSION_LEVEL = 19;
/** A tenth longer, in a twentieth of the time. */
const QUICK_COMPRESSION_LEVEL = 9;
/** The decoder's window, 2^n bytes: what zstd asks for at that level. */
const WINDOW_LOG_MAX = 25;
/** Raw header: as large as a manifest's body may be, for it lists the same tree. */
const HEADER_RAW_BYTES_MAX = 256 * 2 ** 20;
const HEADER_PACKED_BYTES_MAX = 128 * 2 ** 20;

/** Preamble and packed header. @throws {AppError} `PATCH_FORMAT_INVALID` when no reader would take it. */
export function serializeFramedHeader(
  { magic, version }: FileKind,
  body: Uint8Array,
  { quick = false }: { readonly quick?: boolean } = {},
): Uint8Array {
  const level = quick ? QUICK_COMPRESSION_LEVEL : COMPRESSION_LEVEL;
  const packed = compressFrame(body, { level, checksum: false });
  if (body.length > HEADER_RAW_BYTES_MAX || packed.length > HEADER_PACKED_BYTES_MAX) {
    throw invalidPatch('its header would be larger than readers take');
  }
  const preamble = Buffer.alloc(PREAMBLE_BYTES);
  preamble.set(magic);
  preamble.writeUInt16LE(version, 8);
  preamble.writeUInt32LE(body.length, 12);
  preamble.writeUInt32LE(packed.length, 16);
  preamble.set(computeSha256Bytes(packed), PREAMBLE_HASH_OFFSET);
  return Buffer.concat([preamble, packed]);
}

/**
 * Read the first bytes of a file.
 * @param bytes At least `PREAMBLE_BYTES`, if the file has that many.
 * @throws {AppError} `PATCH_FORMAT_INVALID`, `PATCH_VERSION_UNSUPPORTED`.
 */
export function parseFramePreamble({ magic, version }: FileKind, bytes: Uint8Array): Preamble {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, PREAMBLE_BYTES));
  if (view.length < PREAMBLE_BYTES || !view.subarray(0, magic.length).equals(magic)) {
    throw invalidPatch('it does not begin like one');
  }
  const found = view.readUInt16LE(8);
  if (found !== version) {
    throw patchErrors.error('PATCH_VERSION_UNSUPPORTED', { version: found, versionSupported: version });
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
 * Unpack a header.
 * @param packed Exactly `headerPackedBytes` bytes.
 * @throws {AppError} `PATCH_FORMAT_INVALID`. @throws {FrameError} Also invalid; see `asInvalidPatch`.
 */
export function unpackHeader(preamble: Preamble, packed: Uint8Array): Uint8Array {
  const expected = Buffer.from(preamble.headerSha256, 'hex');
  if (!equalSha256(computeSha256Bytes(packed), expected)) throw invalidPatch('its header is damaged');
  const body = decompressFrame(packed, {
    outputBytesMax: preamble.headerRawBytes,
    windowLogMax: WINDOW_LOG_MAX,
  });
  if (body.length !== preamble.headerRawBytes) throw invalidPatch('its header has the wrong length');
  return body;
}
