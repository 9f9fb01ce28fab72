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
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return true;
  }

  /** What was written so far, without a copy. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
