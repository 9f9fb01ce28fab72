import type { ChunkRange } from '../plan/chunk-needs.ts';

/**
 * Bytes of chunks, packed or not, from which on a span ends where a file does: enough that handing it to a thread is
 * nothing beside what is done there, few enough that several are held at once.
 */
const SPAN_BYTES = 2 ** 20;
/**
 * Likewise, chunks: of files of some bytes each a MiB is tens of thousands, and each takes about 1 KiB of objects until it
 * is written.
 */
const SPAN_PARTS = 512;
/** So many times either, it ends in the middle of a file. */
const SPAN_STRETCH = 4;
/** What has arrived waits no longer for more: this much is fetched again after a kill. */
const SPAN_MS_MAX = 200;

/** Chunks of one pack that are decoded and written in one go. */
export interface ChunkSpan {
  /** In order of offset. */
  readonly parts: readonly ChunkRange[];
  /** Offset of the first in the pack. */
  readonly offset: number;
  /** The bytes from there on, as they arrived; their memory is the taker's, to be moved to a thread. */
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
}

export interface SpanCollectorOptions {
  /** Where in the pack the first byte lies. */
  readonly offset: number;
  /** Chunks of the request, in order of offset. */
  readonly parts: readonly ChunkRange[];
  /** Bytes of a chunk once decoded. */
  readonly rawBytes: (part: ChunkRange) => number;
  readonly beginsFile: (part: ChunkRange) => boolean;
  /** Milliseconds since some moment. */
  readonly now: () => number;
}

interface HeldPiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Collects the bytes of one request into spans as they arrive. Only bytes that lie across a border are copied. */
export class SpanCollector {
  readonly #options: SpanCollectorOptions;
  #held: HeldPiece[] = [];
  /** Index of the first part of the next span, and of the first that is not whole. */
  #first = 0;
  #whole = 0;
  /** Of the parts between them. */
  #spanBytes = 0;
  #since: number;
  /** Offset of the next byte. */
  #at: number;

  constructor(options: SpanCollectorOptions) {
    this.#options = options;
    this.#at = options.offset;
    this.#since = options.now();
  }

  /** Take the next bytes, memory and all; gives each span that is now to be written. */
  *push(bytes: Uint8Array): Generator<ChunkSpan> {
    this.#held.push({ offset: this.#at, bytes });
    this.#at += bytes.length;
    const { parts, rawBytes, beginsFile } = this.#options;
    for (;;) {
      const part = parts[this.#whole];
      if (part === undefined || part.offset + part.sizeBytes > this.#at) break;
      this.#whole++;
      this.#spanBytes += Math.max(part.sizeBytes, rawBytes(part));
      const next = parts[this.#whole];
      const filled = Math.max(this.#spanBytes / SPAN_BYTES, (this.#whole - this.#first) / SPAN_PARTS);
      const isFull = filled >= 1 && (next === undefined || beginsFile(next));
      if (isFull || filled >= SPAN_STRETCH) yield* this.rest();
    }
    if (this.#options.now() - this.#since >= SPAN_MS_MAX) yield* this.rest();
  }

  /** What is whole and was not given yet. */
  *rest(): Generator<ChunkSpan> {
    const parts = this.#options.parts.slice(this.#first, this.#whole);
    const [first] = parts;
    if (first === undefined) return;
    this.#first = this.#whole;
    this.#spanBytes = 0;
    this.#since = this.#options.now();
    const end = parts.reduce((most, part) => Math.max(most, part.offset + part.sizeBytes), 0);
    // A hostile manifest has chunks that overlap: then some bytes belong to the next span as well.
    const keepFrom = this.#options.parts[this.#first]?.offset ?? this.#at;
    const held = this.#held;
    this.#held = held.filter((piece) => piece.offset + piece.bytes.length > keepFrom);
    yield { parts, offset: first.offset, pieces: cut(held, { offset: first.offset, end, keepFrom }) };
  }
}

/** @param range Pieces that reach past `keepFrom` are copied, as are those that share their memory. */
function cut(
  held: readonly HeldPiece[],
  { offset, end, keepFrom }: { readonly offset: number; readonly end: number; readonly keepFrom: number },
): Uint8Array<ArrayBuffer>[] {
  return held.flatMap((piece) => {
    const pieceEnd = piece.offset + piece.bytes.length;
    if (pieceEnd <= offset || piece.offset >= end) return [];
    const bytes = piece.bytes.subarray(Math.max(0, offset - piece.offset), end - piece.offset);
    return [pieceEnd <= keepFrom && ownsMemory(bytes) ? bytes : new Uint8Array(bytes)];
  });
}

function ownsMemory(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.length === bytes.buffer.byteLength;
}
