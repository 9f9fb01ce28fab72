import { inflateRawSync } from 'node:zlib';

interface InflateInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** Content comes in buffers of this size: a stream rarely needs more than a few. */
const BUFFER_BYTES = 64 * 2 ** 10;
/** Where the buffer is given back at once, most streams come in one; pages that nothing is written to cost nothing. */
const USED_BUFFER_BYTES = 2 ** 20;

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

/**
 * {@link inflateAhead} for content that is only looked at: it goes back to the system at once. Left to a collection, which
 * comes late as hardly any of it is the heap's, the content of a segment's streams took 20 MiB of a player's memory.
 * @param use Is given the content, which is gone once it returns.
 * @returns How many bytes the stream takes; `undefined` when there is none or `use` says false.
 */
export function useInflated(
  bytes: Uint8Array,
  mostBytes: number,
  use: (inflated: Uint8Array) => boolean,
): number | undefined {
  const found = inflateAhead(bytes, mostBytes, USED_BUFFER_BYTES);
  if (found === undefined) return undefined;
  const { inflated, packedBytes } = found;
  const isUsed = use(inflated);
  // Empty content may lie in a buffer that Node shares among many.
  if (inflated.length > 0) (inflated.buffer as ArrayBuffer).transfer(0);
  return isUsed ? packedBytes : undefined;
}

/** The content of a stream that takes all of these bytes; `undefined` for anything else, or for more than allowed. */
export function inflateStream(packed: Uint8Array, mostBytes: number): Uint8Array | undefined {
  const found = inflateAhead(packed, mostBytes);
  return found?.packedBytes === packed.length ? found.inflated : undefined;
}
