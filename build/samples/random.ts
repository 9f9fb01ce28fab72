/** A stream of numbers in [0, 1), the same for the same seed on every machine. */
export type Random = () => number;

/**
 * Start a random stream from a word (mulberry32 over an FNV-1a hash of the word).
 * @param seed Any text; streams of different words are unrelated.
 */
export function createRandom(seed: string): Random {
  let state = hashWord(seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A number between `low` (included) and `high` (excluded). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** One item of a list that is never empty. */
export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)]!;
}

function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(word)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash;
}
