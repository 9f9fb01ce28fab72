import { copyBytes } from '../threads/copy-bytes.ts';

/** Bytes laid end to end, at most as many as there is room for. */
export class BoundedOutput {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(room: Uint8Array) {
    this.#bytes = room;
  }

  get length(): number {
    return this.#length;
  }

  get freeBytes(): number {
    return this.#bytes.length - this.#length;
  }

  /** @returns False when there is no room; nothing is written then. */
  append(bytes: Uint8Array): boolean {
    if (bytes.length > this.freeBytes) return false;
    copyBytes(bytes, this.room(bytes.length));
    this.#length += bytes.length;
    return true;
  }

  /** The room that is left, up to so many bytes, for who writes there and then {@link advance}s. */
  room(mostBytes: number): Uint8Array {
    return this.#bytes.subarray(this.#length, this.#length + mostBytes);
  }

  /** Count bytes that were written to {@link room}. */
  advance(sizeBytes: number): void {
    this.#length += sizeBytes;
  }
}
