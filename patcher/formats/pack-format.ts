import { formatErrors } from './format-errors.ts';
import type { Sha256 } from './manifest.ts';
import { CHUNK_BYTES_MAX, FRAME_OVERHEAD_BYTES_MAX, PACK_BYTES_MAX } from './manifest-limits.ts';
import { computeSha256, computeSha256Bytes, equalSha256, SHA256_BYTES, sha256BytesAt } from './sha256.ts';
import { compressFrame, decompressFrame, FrameError } from './zstd-frame.ts';

/** Size at which a pack is closed: large enough for few objects and long ranges, small enough to hold and retry. */
export const PACK_TARGET_BYTES = 32 * 2 ** 20;
/**
 * Measured on 40 MB of machine code in chunks of 256 KiB: level 3 is 5 % larger at five times the speed; 15 is 0.5 %
 * smaller at half of it; 19 is 8 % smaller at an eighth (3 MB/s a core), which is the publisher's to choose.
 */
export const PACK_COMPRESSION_LEVEL = 12;
/** The decoder's window, 2^n bytes: the largest chunk. */
const WINDOW_LOG_MAX = 24;
/** SHA-256 32, raw size u32, frame length u32. */
const INDEX_ROW_BYTES = SHA256_BYTES + 8;

/** What lies in a pack, as columns: row `i` is the i-th frame, and frames follow each other without gaps. */
export interface PackIndex {
  readonly count: number;
  /** `32 × count` bytes: SHA-256 of each raw chunk. */
  readonly sha256: Uint8Array;
  /** Raw size of each chunk. */
  readonly sizeBytes: Uint32Array;
  /** Where each frame begins in the pack. */
  readonly offset: Uint32Array;
  /** Length of each frame. */
  readonly packedBytes: Uint32Array;
}

/** A chunk as a manifest or an index vouches for it. */
export interface ChunkIdentity {
  readonly sizeBytes: number;
  /** 32 raw bytes. */
  readonly sha256: Uint8Array;
}

/** Longest frame a chunk of this raw size can have. */
export function frameBytesMax(sizeBytes: number): number {
  return sizeBytes + (sizeBytes >>> 7) + FRAME_OVERHEAD_BYTES_MAX;
}

/** Compress one chunk into the frame packs hold. Without a checksum of zstd's: the SHA-256 is the check. */
export function encodeChunk(raw: Uint8Array, level: number = PACK_COMPRESSION_LEVEL): Uint8Array {
  return compressFrame(raw, { level, checksum: false });
}

/**
 * Decompress one frame and check that it is the chunk expected.
 * @returns Exactly `sizeBytes` bytes with the hash expected. Memory is bounded by `sizeBytes`.
 * @throws {AppError} `PACK_CHUNK_FRAME_CORRUPT`, `PACK_CHUNK_SIZE_MISMATCH`, `PACK_CHUNK_HASH_MISMATCH`.
 * @see docs/formats/pack.md
 */
export function decodeChunk(frame: Uint8Array, { sizeBytes, sha256 }: ChunkIdentity): Uint8Array {
  const raw = decodeFrame(frame, sizeBytes);
  const actual = computeSha256Bytes(raw);
  if (!equalSha256(actual, sha256)) {
    throw formatErrors.error('PACK_CHUNK_HASH_MISMATCH', {
      expected: Buffer.from(sha256).toString('hex'),
      actual: Buffer.from(actual).toString('hex'),
    });
  }
  return raw;
}

/**
 * As {@link decodeChunk}, for bytes that are hashed otherwise.
 * @returns Exactly `sizeBytes` bytes.
 * @throws {AppError} `PACK_CHUNK_FRAME_CORRUPT`, `PACK_CHUNK_SIZE_MISMATCH`.
 */
export function decodeFrame(frame: Uint8Array, sizeBytes: number): Uint8Array {
  const raw = decompress(frame, sizeBytes);
  if (raw.length === sizeBytes) return raw;
  throw formatErrors.error('PACK_CHUNK_SIZE_MISMATCH', { expected: sizeBytes, actual: raw.length });
}

/**
 * Check a whole pack against its name and its index: frames without gaps from the first byte to the last, each
 * holding the chunk it should. What a service does before it lets a manifest refer to an upload.
 * @throws {AppError} `PACK_HASH_MISMATCH`, `PACK_LAYOUT_INVALID`, `PACK_CHUNK_…`
 */
export function verifyPack(bytes: Uint8Array, name: Sha256, index: PackIndex): void {
  checkPackIndex(index, bytes.length);
  const actual = computeSha256(bytes);
  if (actual !== name) throw formatErrors.error('PACK_HASH_MISMATCH', { expected: name, actual });
  for (let row = 0; row < index.count; row++) {
    const offset = index.offset[row] as number;
    const frame = bytes.subarray(offset, offset + (index.packedBytes[row] as number));
    decodeChunk(frame, {
      sizeBytes: index.sizeBytes[row] as number,
      sha256: sha256BytesAt(index.sha256, row),
    });
  }
}

/**
 * Check an index without the pack: sizes within limits, frames without gaps, ending where the pack ends.
 * @throws {AppError} `PACK_LAYOUT_INVALID`
 */
export function checkPackIndex(index: PackIndex, packBytes: number): void {
  if (index.count < 1) throw layoutInvalid('it holds no chunk');
  if (packBytes > PACK_BYTES_MAX) throw layoutInvalid('it is larger than a pack may be');
  let end = 0;
  for (let row = 0; row < index.count; row++) {
    const sizeBytes = index.sizeBytes[row] as number;
    const packedBytes = index.packedBytes[row] as number;
    if (sizeBytes < 1 || sizeBytes > CHUNK_BYTES_MAX)
      throw layoutInvalid('the size of a chunk is out of bounds');
    if (packedBytes < 1 || packedBytes > frameBytesMax(sizeBytes)) {
      throw layoutInvalid('the length of a frame is out of bounds');
    }
    if (index.offset[row] !== end) throw layoutInvalid('its frames do not follow each other');
    end += packedBytes;
  }
  if (end !== packBytes) throw layoutInvalid('its frames do not end where it ends');
}

/** Write an index as fixed rows of 40 bytes: SHA-256, raw size u32, frame length u32, little-endian. */
export function serializePackIndex(index: PackIndex): Uint8Array {
  const bytes = Buffer.alloc(index.count * INDEX_ROW_BYTES);
  for (let row = 0; row < index.count; row++) {
    const at = row * INDEX_ROW_BYTES;
    bytes.set(sha256BytesAt(index.sha256, row), at);
    bytes.writeUInt32LE(index.sizeBytes[row] as number, at + SHA256_BYTES);
    bytes.writeUInt32LE(index.packedBytes[row] as number, at + SHA256_BYTES + 4);
  }
  return bytes;
}

/**
 * Read an index; offsets follow from the frame lengths.
 * @throws {AppError} `FORMAT_PACK_INDEX_MALFORMED`, `PACK_LAYOUT_INVALID`
 */
export function parsePackIndex(bytes: Uint8Array): PackIndex {
  if (bytes.length % INDEX_ROW_BYTES !== 0) {
    throw formatErrors.error('FORMAT_PACK_INDEX_MALFORMED', { reason: 'it is no whole number of rows' });
  }
  const rows = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const index = createPackIndex(bytes.length / INDEX_ROW_BYTES);
  let end = 0;
  for (let row = 0; row < index.count; row++) {
    const at = row * INDEX_ROW_BYTES;
    index.sha256.set(rows.subarray(at, at + SHA256_BYTES), row * SHA256_BYTES);
    index.sizeBytes[row] = rows.readUInt32LE(at + SHA256_BYTES);
    index.packedBytes[row] = rows.readUInt32LE(at + SHA256_BYTES + 4);
    if (end > PACK_BYTES_MAX) throw layoutInvalid('it is larger than a pack may be');
    index.offset[row] = end;
    end += index.packedBytes[row] as number;
  }
  checkPackIndex(index, end);
  return index;
}

/** An index of `count` rows, all zero, to be filled in. */
export function createPackIndex(count: number): PackIndex {
  return {
    count,
    sha256: new Uint8Array(count * SHA256_BYTES),
    sizeBytes: new Uint32Array(count),
    offset: new Uint32Array(count),
    packedBytes: new Uint32Array(count),
  };
}

function decompress(frame: Uint8Array, outputBytesMax: number): Uint8Array {
  try {
    return decompressFrame(frame, { outputBytesMax, windowLogMax: WINDOW_LOG_MAX });
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw formatErrors.error('PACK_CHUNK_FRAME_CORRUPT', { reason: error.message }, error);
  }
}

function layoutInvalid(reason: string): Error {
  return formatErrors.error('PACK_LAYOUT_INVALID', { reason });
}
