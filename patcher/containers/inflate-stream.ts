import { inflateRawSync } from 'node:zlib';
import { copyBytes } from '../threads/copy-bytes.ts';
import type { InflatedStream } from '../kernels/deflate/deflate-coder.ts';

interface InflateInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** Content comes in buffers of this size: a stream rarely needs more than a few. */
const BUFFER_BYTES = 64 * 2 ** 10;

/**
 * Inflate the raw deflate stream that these bytes begin with.
 * @param mostBytes How long the content may be.
 * @param bufferBytes It comes in buffers of this size, and is one itself if it fits.
 * @returns The content and how many bytes the stream takes; `undefined` when there is no such stream.
 */
export function inflateAhead(
  bytes: Uint8Array,
  mostBytes: number,
  bufferBytes = BUFFER_BYTES,
): { readonly inflated: Uint8Array; readonly packedBytes: number } | undefined {
  try {
    const { buffer, engine } = inflateRawSync(bytes, {
      info: true,
      maxOutputLength: Math.max(1, mostBytes),
      chunkSize: bufferBytes,
    }) as unknown as InflateInfo;
    return buffer.length > mostBytes ? undefined : { inflated: buffer, packedBytes: engine.bytesWritten };
  } catch {
    // zlib has many ways to say that bytes are no stream; to a caller they are one.
    return undefined;
  }
}

/** Inflates from one place to another. */
export interface Inflater {
  /**
   * Inflate the stream that these bytes begin with.
   * @param room Where its content goes.
   * @returns `undefined` when there is no such stream, or none that fits.
   */
  inflate(packed: Uint8Array, room: Uint8Array): InflatedStream | undefined;
  /** Bytes laid end to end, to be inflated next. */
  join(pieces: readonly Uint8Array[]): Uint8Array;
}

/**
 * Inflates with Node's zlib, anywhere. The content goes back to the system at once: left to a collection, which comes late
 * as hardly any of it is the heap's, that of a segment's streams takes some 20 MiB.
 */
export const ZLIB_INFLATER: Inflater = {
  inflate(packed, room) {
    // In one buffer, with a byte to spare, so that none follows: pages that nothing is written to cost nothing. Small ones
    // would be Node's, which many share.
    const found = inflateAhead(packed, room.length, Math.max(BUFFER_BYTES, room.length + 1));
    if (found === undefined) return undefined;
    const { inflated, packedBytes } = found;
    const inflatedBytes = inflated.length;
    copyBytes(inflated, room.subarray(0, inflatedBytes));
    // Empty content may lie in a buffer that Node shares among many.
    if (inflatedBytes > 0) (inflated.buffer as ArrayBuffer).transfer(0);
    return { packedBytes, inflatedBytes };
  },
  join: (pieces) => Buffer.concat(pieces),
};

/** The content of a stream that takes all of these bytes; `undefined` for anything else, or for more than allowed. */
export function inflateStream(packed: Uint8Array, mostBytes: number): Uint8Array | undefined {
  const found = inflateAhead(packed, mostBytes);
  return found?.packedBytes === packed.length ? found.inflated : undefined;
}
