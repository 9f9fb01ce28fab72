import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decompressInto } from './kept-decoder.ts';

/** Compress into one frame that states its raw size and, if asked, ends with a checksum of it. */
export function compressFrame(
  raw: Uint8Array,
  options: { readonly level: number; readonly checksum: boolean },
): Uint8Array {
  const packed = zstdCompressSync(raw, {
    pledgedSrcSize: raw.length,
    // Where a frame fills Node's piece to its last byte, Node asks for more and gets a second, empty frame behind it.
    chunkSize: packedBytesMax(raw.length) + 1,
    params: {
      [constants.ZSTD_c_compressionLevel]: options.level,
      [constants.ZSTD_c_checksumFlag]: options.checksum ? 1 : 0,
    },
  });
  // What is kept is as long as the frame, not as the piece it was written into.
  return Uint8Array.prototype.slice.call(packed);
}

/** No frame of so many bytes is longer (`ZSTD_COMPRESSBOUND` in zstd.h, and a checksum). */
function packedBytesMax(rawBytes: number): number {
  return rawBytes + (rawBytes >>> 8) + 128;
}

/** Why a frame could not be decompressed, as a part of a sentence. */
export class FrameError extends Error {}

/**
 * Node collects what it decompresses in pieces of this size, and joins them: one piece for a chunk saves a copy and
 * most of the garbage. No larger, because the size that is asked for may be a lie.
 */
const PIECE_BYTES_MAX = 2 ** 20;

/**
 * Decompress exactly one frame.
 * @param frame All of it and nothing else.
 * @param options `outputBytesMax` caps the result; `windowLogMax` caps the decoder's own memory (2^n bytes).
 * @throws {FrameError} When it is cut, corrupt, larger than the cap, or followed by other bytes.
 */
export function decompressFrame(
  frame: Uint8Array,
  options: { readonly outputBytesMax: number; readonly windowLogMax: number },
): Uint8Array {
  const { outputBytesMax, windowLogMax } = options;
  if (outputBytesMax > 0 && outputBytesMax <= PIECE_BYTES_MAX) {
    const room = Buffer.allocUnsafe(outputBytesMax + 1);
    const sizeBytes = decompressInto(frame, room, windowLogMax);
    if (sizeBytes !== undefined) return room.subarray(0, sizeBytes);
  }
  const { buffer, engine } = decompress(frame, options);
  if (engine.bytesWritten !== frame.length) throw new FrameError('bytes follow its end');
  return buffer;
}

interface DecompressedWithEngine {
  readonly buffer: Uint8Array;
  /** Node's decoder; `bytesWritten` is how many bytes of the input it took. */
  readonly engine: { readonly bytesWritten: number };
}

function decompress(
  frame: Uint8Array,
  options: { readonly outputBytesMax: number; readonly windowLogMax: number },
): DecompressedWithEngine {
  try {
    // Node's types leave out what `info` does to the result (zlib documentation, "Class: Options").
    return zstdDecompressSync(frame, {
      info: true,
      maxOutputLength: Math.max(1, options.outputBytesMax),
      chunkSize: Math.max(64, Math.min(options.outputBytesMax, PIECE_BYTES_MAX) + 1),
      params: { [constants.ZSTD_d_windowLogMax]: options.windowLogMax },
    }) as unknown as DecompressedWithEngine;
  } catch (error) {
    throw new FrameError(describe(error), { cause: error });
  }
}

function describe(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ERR_BUFFER_TOO_LARGE') return 'it is larger than stated';
  if (code === 'Z_BUF_ERROR') return 'it ends too early';
  return 'it is corrupt';
}
