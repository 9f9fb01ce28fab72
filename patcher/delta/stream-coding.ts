import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { throwIfStopped } from '../threads/stop-flag.ts';
import { damaged } from './delta-errors.ts';

/** How a stream's bytes are stored. Numbers are written into patches: never renumbered. */
export const STREAM_CODING = { raw: 0, zstd: 1, brotli: 2 } as const;

/** How hard a patch is compressed: `fast` for previews, `default` for every push, `max` for the pairs that matter most. */
export type Effort = 'fast' | 'default' | 'max';

/** One stream of a segment as stored. */
export interface CodedStream {
  readonly coding: number;
  readonly rawBytes: number;
  readonly bytes: Uint8Array;
}

/** 16 MiB, the longest stream a segment may hold; both coders then see all of it. */
const WINDOW_LOG2 = 24;
/** What a reader grants a zstd frame: 16 MiB, as written; a frame asking for more is refused. */
const ZSTD_READ_WINDOW_LOG2_MAX = 24;
/** Shorter streams are not worth a coder's header. */
const CODED_BYTES_MIN = 16;

const ZSTD_LEVEL = { fast: 9, default: 19, max: 22 } as const;
/**
 * Brotli takes a second of CPU for every MiB: on all streams it made openttd's patch 5 % smaller for three times the
 * time. Short streams, which are code and control, gain most.
 */
const DEFAULT_BROTLI_BYTES_MAX = 2 ** 20;

/** Code one stream with whatever makes it smallest at this effort. */
export function encodeStream(raw: Uint8Array, effort: Effort): CodedStream {
  let best: CodedStream = { coding: STREAM_CODING.raw, rawBytes: raw.length, bytes: raw };
  if (raw.length < CODED_BYTES_MIN) return best;
  for (const attempt of attempts(raw, effort)) {
    throwIfStopped();
    if (attempt.bytes.length < best.bytes.length) best = attempt;
  }
  return best;
}

function* attempts(raw: Uint8Array, effort: Effort): Generator<CodedStream> {
  yield coded(STREAM_CODING.zstd, raw, compressZstd(raw, ZSTD_LEVEL[effort]));
  if (effort === 'max' || (effort === 'default' && raw.length <= DEFAULT_BROTLI_BYTES_MAX)) {
    yield coded(STREAM_CODING.brotli, raw, compressBrotli(raw));
  }
}

function coded(coding: number, raw: Uint8Array, bytes: Uint8Array): CodedStream {
  return { coding, rawBytes: raw.length, bytes };
}

/**
 * Decode one stream from untrusted bytes.
 * @returns Exactly `rawBytes` bytes.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED` for an unknown coding, broken data, or another length.
 */
export function decodeStream(stream: CodedStream): Uint8Array {
  const raw = decompress(stream);
  if (raw.length !== stream.rawBytes) {
    throw damaged('a stream has the wrong length');
  }
  return raw;
}

function decompress({ coding, rawBytes, bytes }: CodedStream): Uint8Array {
  if (coding === STREAM_CODING.raw) return bytes;
  if (coding !== STREAM_CODING.zstd && coding !== STREAM_CODING.brotli) {
    throw damaged(`unknown stream coding ${coding}`);
  }
  // zlib refuses a limit of 0, and nothing codes an empty stream.
  if (rawBytes === 0) throw damaged('an empty stream is coded');
  try {
    return coding === STREAM_CODING.zstd
      ? zstdDecompressSync(bytes, {
          maxOutputLength: rawBytes,
          params: { [constants.ZSTD_d_windowLogMax]: ZSTD_READ_WINDOW_LOG2_MAX },
        })
      : brotliDecompressSync(bytes, { maxOutputLength: rawBytes });
  } catch (cause) {
    throw damaged('a stream does not decompress', cause);
  }
}

function compressZstd(raw: Uint8Array, level: number): Uint8Array {
  return zstdCompressSync(raw, {
    pledgedSrcSize: raw.length,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: Math.min(WINDOW_LOG2, Math.max(10, Math.ceil(Math.log2(raw.length)))),
      // The length is in the segment, the hash in the patch.
      [constants.ZSTD_c_contentSizeFlag]: 0,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
  });
}

function compressBrotli(raw: Uint8Array): Uint8Array {
  return brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: WINDOW_LOG2,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
}
