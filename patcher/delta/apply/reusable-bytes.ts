/** Room for bytes of one use after the other. */
export interface BytesRoom {
  /** @returns Bytes of any content, good until the next call. */
  take(length: number): Uint8Array<ArrayBuffer>;
}

/** Memory kept from one use to the next: taking fresh pages from the system costs more than filling them. */
export class ReusableBytes implements BytesRoom, Disposable {
  #bytes = new Uint8Array();

  take(length: number): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length < length) {
      // Before more is taken: a collection may be late, and both would be held.
      this.#bytes.buffer.transfer(0);
      this.#bytes = new Uint8Array(length);
    }
    return this.#bytes.subarray(0, length);
  }

  /** Give the memory back at once; it may be used again afterwards. */
  [Symbol.dispose](): void {
    this.#bytes.buffer.transfer(0);
    this.#bytes = new Uint8Array();
  }
}
