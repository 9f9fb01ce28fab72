import type { ChunkRange } from '../../../plan/chunk-needs.ts';
import type { SpanRooms } from './span-rooms.ts';

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

/** For bytes nobody needs, of all requests alike. */
const NOWHERE = new Uint8Array(64 * 1024);

/** Chunks of one pack that are decoded and written in one go. */
export interface ChunkSpan {
  /** In order of offset. */
  readonly parts: readonly ChunkRange[];
  /** Offset of the first in the pack. */
  readonly offset: number;
  /** The bytes from there on, at the beginning of a room that is the taker's to give back. */
  readonly packed: Uint8Array<SharedArrayBuffer>;
}

export interface SpanCollectorOptions {
  /** Where in the pack the first byte lies. */
  readonly offset: number;
  /** Chunks of the request, in order of offset. */
  readonly parts: readonly ChunkRange[];
  /** Bytes of a chunk once decoded. */
  readonly rawBytes: (part: ChunkRange) => number;
  readonly beginsFile: (part: ChunkRange) => boolean;
  readonly rooms: SpanRooms;
  /** Milliseconds since some moment. */
  readonly now: () => number;
}

/** A span that is being collected. */
interface OpenSpan {
  /** Offset of its first byte. */
  readonly offset: number;
  /** Offset at which it ends unless it is cut short. */
  readonly end: number;
  /** Index of the part behind its last. */
  readonly endPart: number;
  readonly room: SharedArrayBuffer;
}

/** Collects the bytes of one request into spans as they arrive, each in one piece. */
export class SpanCollector {
  readonly #options: SpanCollectorOptions;
  #open: OpenSpan | undefined;
  /** Index of the first part that was not given. */
  #first = 0;
  #since: number;
  /** Offset of the next byte. */
  #at: number;

  constructor(options: SpanCollectorOptions) {
    this.#options = options;
    this.#at = options.offset;
    this.#since = options.now();
  }

  /** Where the next bytes go, some of them at least. */
  get room(): Uint8Array {
    this.#open ??= this.#begin(undefined);
    if (this.#open === undefined) return NOWHERE;
    const { offset, end, room } = this.#open;
    // Bytes of a gap belong to no span.
    if (this.#at < offset) return NOWHERE.subarray(0, offset - this.#at);
    return new Uint8Array(room, this.#at - offset, end - this.#at);
  }

  /** So many bytes have come to {@link room}; gives each span that is now to be written. */
  *took(sizeBytes: number): Generator<ChunkSpan> {
    this.#at += sizeBytes;
    while (this.#open !== undefined && this.#at >= this.#open.end)
      yield this.#give(this.#open, this.#open.endPart);
    if (this.#options.now() - this.#since >= SPAN_MS_MAX) yield* this.rest();
  }

  /** What is whole and was not given yet. */
  *rest(): Generator<ChunkSpan> {
    const { parts } = this.#options;
    let whole = this.#first;
    for (let part = parts[whole]; part !== undefined && endOf(part) <= this.#at; part = parts[whole]) whole++;
    if (this.#open !== undefined && whole > this.#first) yield this.#give(this.#open, whole);
  }

  #give(open: OpenSpan, endPart: number): ChunkSpan {
    const parts = this.#options.parts.slice(this.#first, endPart);
    const end = parts.reduce((most, part) => Math.max(most, endOf(part)), 0);
    this.#first = endPart;
    this.#since = this.#options.now();
    this.#open = this.#begin(open);
    return { parts, offset: open.offset, packed: new Uint8Array(open.room, 0, end - open.offset) };
  }

  /** @param before The span before, which holds what has already arrived. */
  #begin(before: OpenSpan | undefined): OpenSpan | undefined {
    const { parts, rooms } = this.#options;
    const first = parts[this.#first];
    if (first === undefined) return undefined;
    const { offset } = first;
    const { end, endPart } = this.#planSpan();
    const arrivedBytes = this.#at - offset;
    const room = rooms.take(Math.max(end - offset, arrivedBytes));
    if (before !== undefined && arrivedBytes > 0) {
      const arrived = new Uint8Array(before.room, offset - before.offset, arrivedBytes);
      new Uint8Array(room).set(arrived);
    }
    return { offset, end, endPart, room };
  }

  #planSpan(): Pick<OpenSpan, 'end' | 'endPart'> {
    const { parts, rawBytes, beginsFile } = this.#options;
    let end = 0;
    let spanBytes = 0;
    let endPart = this.#first;
    for (let part = parts[endPart]; part !== undefined; part = parts[endPart]) {
      endPart++;
      end = Math.max(end, endOf(part));
      spanBytes += Math.max(part.sizeBytes, rawBytes(part));
      const next = parts[endPart];
      const filled = Math.max(spanBytes / SPAN_BYTES, (endPart - this.#first) / SPAN_PARTS);
      if (filled >= SPAN_STRETCH || (filled >= 1 && (next === undefined || beginsFile(next)))) break;
    }
    return { end, endPart };
  }
}

function endOf({ offset, sizeBytes }: ChunkRange): number {
  return offset + sizeBytes;
}
