import { randomInt } from 'node:crypto';
import { atOnce, isPause, type Slices } from '../threads/slices.ts';
import { SHA256_BYTES } from './sha256.ts';

const FREE = -1;

/** Differs in every process, so that nobody can write a manifest whose hashes all fall into one slot. Rows do not depend on it. */
const SLOT_SEED = randomInt(2 ** 32);

/**
 * From a raw SHA-256 to its row in a column of them, in about 4 bytes a slot: a `Map` of hex strings would
 * take 150 bytes a row, 150 MB at a million chunks. Linear probing over a table at most half full.
 */
export class Sha256Index {
  #column: Uint8Array;
  #slots: Int32Array;
  #count = 0;

  constructor(capacity = 1024) {
    this.#column = new Uint8Array(capacity * SHA256_BYTES);
    this.#slots = new Int32Array(slotsFor(capacity)).fill(FREE);
  }

  /** Index the rows of a column. Its rows are the column's as long as no hash appears twice; `count` tells. */
  static of(column: Uint8Array): Sha256Index {
    return atOnce(Sha256Index.slicesOf(column));
  }

  /** As {@link of}. */
  static *slicesOf(column: Uint8Array): Slices<Sha256Index> {
    const rows = column.length / SHA256_BYTES;
    const index = new Sha256Index(Math.max(1, rows));
    for (let row = 0; row < rows; row++) {
      index.add(column.subarray(row * SHA256_BYTES, (row + 1) * SHA256_BYTES));
      if (isPause(row)) yield;
    }
    return index;
  }

  /** Number of distinct hashes. */
  get count(): number {
    return this.#count;
  }

  /** The distinct hashes in the order they were added, 32 bytes each; a view. */
  get column(): Uint8Array {
    return this.#column.subarray(0, this.#count * SHA256_BYTES);
  }

  /** Row of a hash, or -1. */
  find(sha256: Uint8Array): number {
    return this.#slots[this.#slotOf(sha256)] as number;
  }

  /** Row of a hash, added as the last row if it is new (the count tells). */
  add(sha256: Uint8Array): number {
    const slot = this.#slotOf(sha256);
    const found = this.#slots[slot] as number;
    if (found !== FREE) return found;
    if ((this.#count + 1) * SHA256_BYTES > this.#column.length) this.#growColumn();
    this.#column.set(sha256, this.#count * SHA256_BYTES);
    this.#slots[slot] = this.#count++;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return this.#count - 1;
  }

  #slotOf(sha256: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = slotHash(sha256, 0) & mask;
    for (;;) {
      const row = this.#slots[slot] as number;
      if (row === FREE || this.#equals(row, sha256)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(row: number, sha256: Uint8Array): boolean {
    const base = row * SHA256_BYTES;
    for (let at = 0; at < SHA256_BYTES; at++) {
      if (this.#column[base + at] !== sha256[at]) return false;
    }
    return true;
  }

  #growColumn(): void {
    const larger = new Uint8Array(this.#column.length * 2);
    larger.set(this.#column);
    this.#column = larger;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(FREE);
    const mask = this.#slots.length - 1;
    for (let row = 0; row < this.#count; row++) {
      let slot = slotHash(this.#column, row * SHA256_BYTES) & mask;
      while (this.#slots[slot] !== FREE) slot = (slot + 1) & mask;
      this.#slots[slot] = row;
    }
  }
}

function slotsFor(rows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(8, rows * 2 + 1)));
}

/** Mix all eight words: hashes from outside need not be hashes. */
function slotHash(bytes: Uint8Array, from: number): number {
  let mixed = SLOT_SEED;
  for (let at = from; at < from + SHA256_BYTES; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    mixed = Math.imul(mixed ^ word, 0x9e3779b1);
    mixed ^= mixed >>> 15;
  }
  return mixed;
}
