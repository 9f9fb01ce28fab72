import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { damaged } from './delta-errors.ts';
import type { Effort } from './effort.ts';
import { EXTRA_CODING } from './segment-coding.ts';

/** 8 MiB, the longest stream a segment may hold; both coders then see all of it. */
const WINDOW_LOG2 = 23;

const ZSTD_LEVEL = { fast: 9, default: 19, max: 22 } as const;

/**
 * Decode one stream from untrusted bytes.
 * @returns Exactly `rawBytes` bytes.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED` for an unknown coding, broken data, or another length.
 */
export function decompressStream(coding: number, bytes: Uint8Array, rawBytes: number): Uint8Array {
  const raw = decompress(coding, bytes, rawBytes);
  if (raw.length !== rawBytes) throw damaged('a stream has the wrong length');
  return raw;
}

function decompress(coding: number, bytes: Uint8Array, rawBytes: number): Uint8Array {
  if (coding === EXTRA_CODING.raw) return bytes;
  if (coding !== EXTRA_CODING.zstd && coding !== EXTRA_CODING.brotli) {
    throw damaged(`unknown stream coding ${coding}`);
  }
  // zlib refuses a limit of 0, and nothing codes an empty stream.
  if (rawBytes === 0) throw damaged('an empty stream is coded');
  try {
    return coding === EXTRA_CODING.zstd
      ? zstdDecompressSync(bytes, {
          maxOutputLength: rawBytes,
          chunkSize: oneChunk(rawBytes),
          params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG2 },
        })
      : brotliDecompressSync(bytes, { maxOutputLength: rawBytes, chunkSize: oneChunk(rawBytes) });
  } catch (cause) {
    throw damaged('a stream does not decompress', cause);
  }
}

/** A buffer one byte longer than its content: zlib then takes no second one, and joins none. */
function oneChunk(rawBytes: number): number {
  return Math.max(constants.Z_MIN_CHUNK, rawBytes + 1);
}

export function compressZstd(raw: Uint8Array, effort: Effort): Uint8Array {
  return zstdCompressSync(raw, {
    pledgedSrcSize: raw.length,
    params: {
      [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL[effort],
      [constants.ZSTD_c_windowLog]: Math.min(WINDOW_LOG2, Math.max(10, Math.ceil(Math.log2(raw.length + 1)))),
      // The length follows from the rows, the hash is in the patch.
      [constants.ZSTD_c_contentSizeFlag]: 0,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
  });
}

export function compressBrotli(raw: Uint8Array): Uint8Array {
  return brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: WINDOW_LOG2,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
}
