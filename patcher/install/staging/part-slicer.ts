import type { ByteRange, CoalescedRange } from '../../download/coalesce-ranges.ts';

/** Cuts the bytes of one coalesced request into its parts as they arrive, holding no more than it must. */
export class PartSlicer<Part extends ByteRange> {
  readonly #parts: readonly Part[];
  #next = 0;
  #pieces: Uint8Array[] = [];
  /** Object offsets of what is held. */
  #start: number;
  #end: number;

  constructor(range: CoalescedRange<Part>) {
    this.#parts = range.parts;
    this.#start = range.offset;
    this.#end = range.offset;
  }

  /** Take the next bytes; gives each part that is now whole. */
  *push(bytes: Uint8Array): Generator<{ readonly part: Part; readonly bytes: Uint8Array }> {
    this.#pieces.push(bytes);
    this.#end += bytes.length;
    const first = this.#parts[this.#next];
    if (first === undefined || first.offset + first.sizeBytes > this.#end) return;
    const held = this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces);
    for (;;) {
      const part = this.#parts[this.#next];
      if (part === undefined || part.offset + part.sizeBytes > this.#end) break;
      this.#next++;
      const at = part.offset - this.#start;
      yield { part, bytes: held.subarray(at, at + part.sizeBytes) };
    }
    this.#keepFrom(held, this.#parts[this.#next]?.offset ?? this.#end);
  }

  #keepFrom(held: Uint8Array, offset: number): void {
    const start = Math.min(Math.max(offset, this.#start), this.#end);
    // A copy, so that a few bytes left over do not keep a whole network buffer alive.
    const rest = Uint8Array.from(held.subarray(start - this.#start));
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#start = start;
  }
}
