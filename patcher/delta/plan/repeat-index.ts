/** A stretch of bytes whose hash is remembered: 64 bytes, which end at a place that they themselves choose. */
const WINDOW_BYTES = 64;
/** The hash by which places are chosen has 32 bits, of as many bytes. */
const HASH_BITS = 32;
const HASH_BYTES = 32;
/** From where one is looked for, there is a place every 512 bytes. */
const PLACE_BITS_MIN = 9;
/**
 * Behind a place so many times these bytes are skipped, which is most of the work. In bytes that repeat, places fall
 * together again after a few.
 */
const SKIPPED = 3;
/** Most places remembered, one in every 2 KiB of a GiB; of more bytes fewer are. */
const PLACES_MAX = 2 ** 19;
/** Of 12 bytes each; half of them stay empty. */
const SLOTS_PER_PLACE = 2;
const SLOTS_MIN = 2 ** 10;
/** More slots than this are never looked at for one place. */
const PROBES_MAX = 16;

/** A place in bytes that is probably equal to one before. */
export interface PossibleRepeat {
  /** Counts in the bytes. */
  readonly at: number;
  /** Position of the place before. */
  readonly from: number;
  /** Where to go on in the bytes if it is not. */
  readonly next: number;
}

/** Remembers made bytes by places that their content chooses, the first of equal ones. */
export class RepeatIndex {
  readonly #shift: number;
  readonly #skippedBytes: number;
  readonly #hashes: Uint32Array;
  /** Plus one: 0 is an empty slot. */
  readonly #positions: Float64Array;

  /** @param sizeBytes How many bytes it will be asked about, at least 1. */
  constructor(sizeBytes: number) {
    const bits = Math.max(PLACE_BITS_MIN, Math.ceil(Math.log2(sizeBytes / ((1 + SKIPPED) * PLACES_MAX))));
    this.#shift = HASH_BITS - bits;
    this.#skippedBytes = SKIPPED * 2 ** bits;
    const places = sizeBytes / (this.#skippedBytes + 2 ** bits);
    const slots = Math.max(SLOTS_MIN, 2 ** Math.ceil(Math.log2(SLOTS_PER_PLACE * places)));
    this.#hashes = new Uint32Array(slots);
    this.#positions = new Float64Array(slots);
  }

  /**
   * Go on to the next place where bytes may be a repeat, remembering those that are new.
   * @param at Where to begin in the bytes.
   * @param start Position of the first of the bytes.
   * @returns Undefined when there is none up to their end.
   */
  findNext(bytes: Uint8Array, at: number, start: number): PossibleRepeat | undefined {
    const shift = this.#shift;
    let place = findPlace(bytes, at, shift);
    while (place < bytes.length) {
      const known = this.#findOrAdd(hashWindow(bytes, place), start + place);
      const next = place + this.#skippedBytes;
      if (known !== undefined) return { at: place, from: known, next };
      place = findPlace(bytes, next, shift);
    }
    return undefined;
  }

  #findOrAdd(hash: number, position: number): number | undefined {
    const slots = this.#hashes.length;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const slot = (hash + probe) & (slots - 1);
      const known = this.#positions[slot] as number;
      if (known === 0) {
        this.#hashes[slot] = hash;
        this.#positions[slot] = position + 1;
        return undefined;
      }
      if (this.#hashes[slot] === hash) return known - 1;
    }
    return undefined;
  }
}

/** The first place whose hash and window lie behind `at`; the end when there is none. */
function findPlace(bytes: Uint8Array, at: number, shift: number): number {
  const first = at + WINDOW_BYTES;
  if (first >= bytes.length) return bytes.length;
  let hash = 0;
  for (let i = first - HASH_BYTES; i < first; i++) hash = step(hash, bytes[i] as number);
  for (let i = first; i < bytes.length; i++) {
    hash = step(hash, bytes[i] as number);
    if (hash >>> shift === 0) return i;
  }
  return bytes.length;
}

function step(hash: number, byte: number): number {
  return ((hash << 1) + (GEAR[byte] as number)) | 0;
}

/** FNV-1a of the bytes that end at a place, mixed so that its lower bits depend on all. */
function hashWindow(bytes: Uint8Array, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = end - WINDOW_BYTES + 1; i <= end; i++) {
    hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** A random number for each byte: splitmix32. */
const GEAR = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = Math.imul(byte + 1, 0x9e3779b9);
  value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
  return value ^ (value >>> 15);
});
