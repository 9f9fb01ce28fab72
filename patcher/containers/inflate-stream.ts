import { inflateRawSync } from 'node:zlib';

interface InflateInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** Content comes in buffers of this size: a stream rarely needs more than a few. */
const BUFFER_BYTES = 64 * 2 ** 10;

/**
 * Inflate the raw deflate stream that these bytes begin with.
 * @param mostBytes How long the content may be.
 * @returns The content and how many bytes the stream takes; `undefined` when there is no such stream.
 */
export function inflateAhead(
  bytes: Uint8Array,
  mostBytes: number,
): { readonly inflated: Uint8Array; readonly packedBytes: number } | undefined {
  try {
    const { buffer, engine } = inflateRawSync(bytes, {
      info: true,
      maxOutputLength: Math.max(1, mostBytes),
      chunkSize: BUFFER_BYTES,
    }) as unknown as InflateInfo;
    return buffer.length > mostBytes ? undefined : { inflated: buffer, packedBytes: engine.bytesWritten };
  } catch {
    // zlib has many ways to say that bytes are no stream; to a caller they are one.
    return undefined;
  }
}

/** The content of a stream that takes all of these bytes; `undefined` for anything else, or for more than allowed. */
export function inflateStream(packed: Uint8Array, mostBytes: number): Uint8Array | undefined {
  const found = inflateAhead(packed, mostBytes);
  return found?.packedBytes === packed.length ? found.inflated : undefined;
}
