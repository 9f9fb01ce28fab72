/**
 * Of a block at least so many bytes must be there to judge it by: of fewer, what structure they have is not told from chance.
 */
const JUDGED_BYTES_MIN = 4096;
/**
 * Chi-squared of 256 equally likely values is 255 on average, with a deviation of 22.6 whatever the number of bytes: noise
 * exceeds this once in 50,000 blocks.
 */
const CHI_SQUARED_MAX = 350;
/** Distances at which differences of bytes show samples of sound, pixels and numbers that look like noise one by one. */
const DISTANCES = [1, 2, 3, 4] as const;
/** Bytes that repeat earlier ones: of noise, eight equal ones never do by chance. */
const WINDOW_BYTES = 8;
/** One window in so many is remembered, so that a repeat twice as long is always found. */
const REMEMBERED_STEP = 16;
const SLOTS_PER_WINDOW = 2;

/**
 * Tells blocks of bytes that no model can foretell, such as encrypted ones: every byte is as frequent, so is every difference
 * of two near each other and every pair of half bytes, and nothing repeats. For a hundredth of what coding them would take.
 */
export class NoiseDetector {
  readonly #windows: RepeatedWindows;
  readonly #bytes: Uint8Array;

  /**
   * @param bytes What is divided in blocks.
   * @param known Bytes that it may repeat.
   */
  constructor(bytes: Uint8Array, known: Uint8Array) {
    this.#bytes = bytes;
    this.#windows = new RepeatedWindows(known, bytes);
  }

  /** Judge a block, not before those in front of it; one that repeats noise is none. */
  isNoise(start: number, end: number): boolean {
    if (end - start < JUDGED_BYTES_MIN || !isFlat(this.#bytes.subarray(start, end))) return false;
    const repeats = this.#windows.hasRepeat(start, end);
    this.#windows.remember(start, end);
    return !repeats;
  }
}

/** Remembers windows of known bytes and of those that follow them, by their hash. */
class RepeatedWindows {
  readonly #known: Uint8Array;
  readonly #bytes: Uint8Array;
  /** Position plus one, counting the known bytes and then the others; made when it is needed. */
  #places: Uint32Array | undefined;

  constructor(known: Uint8Array, bytes: Uint8Array) {
    this.#known = known;
    this.#bytes = bytes;
  }

  hasRepeat(start: number, end: number): boolean {
    const places = this.#placesOfKnown();
    for (let at = start; at + WINDOW_BYTES <= end; at++) {
      const low = wordAt(this.#bytes, at);
      const high = wordAt(this.#bytes, at + 4);
      const place = (places[slotOf(low, high, places.length)] as number) - 1;
      if (place >= 0 && this.#holds(place, low, high)) return true;
    }
    return false;
  }

  remember(start: number, end: number): void {
    fillPlaces(this.#placesOfKnown(), this.#bytes, { start, end, shift: this.#known.length });
  }

  #placesOfKnown(): Uint32Array {
    if (this.#places !== undefined) return this.#places;
    const count = (this.#known.length + this.#bytes.length) / REMEMBERED_STEP;
    const places = new Uint32Array(2 ** Math.ceil(Math.log2(SLOTS_PER_WINDOW * Math.max(1, count))));
    fillPlaces(places, this.#known, { start: 0, end: this.#known.length, shift: 0 });
    this.#places = places;
    return places;
  }

  #holds(place: number, low: number, high: number): boolean {
    const isKnown = place < this.#known.length;
    const bytes = isKnown ? this.#known : this.#bytes;
    const at = isKnown ? place : place - this.#known.length;
    return wordAt(bytes, at) === low && wordAt(bytes, at + 4) === high;
  }
}

interface Stretch {
  readonly start: number;
  readonly end: number;
  /** What is added to positions. */
  readonly shift: number;
}

function fillPlaces(places: Uint32Array, bytes: Uint8Array, { start, end, shift }: Stretch): void {
  for (let at = start; at + WINDOW_BYTES <= end; at += REMEMBERED_STEP) {
    places[slotOf(wordAt(bytes, at), wordAt(bytes, at + 4), places.length)] = at + shift + 1;
  }
}

function slotOf(low: number, high: number, slots: number): number {
  const hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & (slots - 1);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function isFlat(block: Uint8Array): boolean {
  if (chiSquared(block, (at) => block[at] as number) > CHI_SQUARED_MAX) return false;
  const pairs = chiSquared(block, (at) => ((block[at] as number) >> 4) | ((block[at - 1] ?? 0) & 0xf0));
  if (pairs > CHI_SQUARED_MAX) return false;
  return DISTANCES.every(
    (distance) =>
      chiSquared(block, (at) => ((block[at] as number) - (block[at - distance] ?? 0)) & 0xff) <=
      CHI_SQUARED_MAX,
  );
}

/** How far values of 0 to 255, one for each place in a block, are from being equally frequent. */
function chiSquared(block: Uint8Array, valueAt: (at: number) => number): number {
  const counts = new Uint32Array(256);
  for (let at = 0; at < block.length; at++) {
    const value = valueAt(at);
    counts[value] = (counts[value] as number) + 1;
  }
  const expected = block.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2, 0) / expected;
}
