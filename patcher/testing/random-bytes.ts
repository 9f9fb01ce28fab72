/** Pseudo-random numbers of a seed: the same seed gives the same run. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A 32-bit word (splitmix32). */
  word(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** A whole number from 0 to `bound - 1`. */
  below(bound: number): number {
    return Math.floor((this.word() / 2 ** 32) * bound);
  }

  /** Bytes that do not compress. */
  bytes(length: number): Uint8Array {
    const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => this.word());
    return new Uint8Array(words.buffer, 0, length);
  }

  /** Bytes that compress about three-fold, as text and tables do. */
  text(length: number): Uint8Array {
    const words = Array.from({ length: 64 }, () => Buffer.from(`${this.word().toString(36)} `));
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; ) at += (words[this.below(64)] as Buffer).copy(bytes, at);
    return bytes;
  }
}
