/** One position in so many is a sample, chosen by content, so that equal stretches have equal samples. */
const SAMPLE_BITS = 5;
/** 16 MiB: with the samples of 512 MiB of content one in eight of the others seems known, which is near enough. */
const TABLE_BITS = 27;
const MIX = 0x9e3779b1;

/** Random numbers by byte, the same everywhere (Marsaglia's xorshift). */
const GEAR = Uint32Array.from({ length: 256 }, makeXorshift(0x2545f491));

const WINDOW_BYTES = 32;
/**
 * A window of which more bytes than this are as the one before, or as the same channel of the pixel before, says nothing:
 * all pictures have empty ground in common, which packs to next to nothing.
 */
const PLAIN_BYTES = 16;

/** Remembers content in bounded memory, to tell how much of other content is alike. */
export class ContentSamples {
  readonly #table = new Uint32Array(2 ** (TABLE_BITS - 5));

  add(content: Uint8Array): void {
    const table = this.#table;
    let hash = 0;
    for (let i = 0; i < content.length; i++) {
      hash = next(hash, content, i);
      if (!isSample(hash, content, i)) continue;
      const slot = slotOf(hash);
      table[slot >>> 5] = (table[slot >>> 5] as number) | (1 << (slot & 31));
    }
  }

  /** @returns 0 to 1: which share of the samples is known; nothing for content too short or too plain to have any. */
  shareKnown(content: Uint8Array): number | undefined {
    const table = this.#table;
    let samples = 0;
    let known = 0;
    let hash = 0;
    for (let i = 0; i < content.length; i++) {
      hash = next(hash, content, i);
      if (!isSample(hash, content, i)) continue;
      const slot = slotOf(hash);
      samples++;
      known += ((table[slot >>> 5] as number) >>> (slot & 31)) & 1;
    }
    return samples === 0 ? undefined : known / samples;
  }
}

/** Whether the window that ends at `i` is one: its hash begins with zero bits, and it says something. */
function isSample(hash: number, content: Uint8Array, i: number): boolean {
  return hash >>> (32 - SAMPLE_BITS) === 0 && i >= WINDOW_BYTES - 1 && !isPlain(content, i);
}

/** Whether the window that ends at `end` hardly changes from pixel to pixel, of 1, 3 or 4 bytes each. */
function isPlain(content: Uint8Array, end: number): boolean {
  let alike = 0;
  for (let i = end - WINDOW_BYTES + 1; i <= end; i++) {
    const byte = content[i];
    if (byte === content[i - 1] || byte === content[i - 3] || byte === content[i - 4]) alike++;
  }
  return alike > PLAIN_BYTES;
}

/** The hash of the window that ends at `i`: what lies further back is shifted out of it. */
function next(hash: number, content: Uint8Array, i: number): number {
  return ((hash << 1) + (GEAR[content[i] as number] as number)) | 0;
}

function slotOf(hash: number): number {
  return Math.imul(hash, MIX) >>> (32 - TABLE_BITS);
}

function makeXorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
