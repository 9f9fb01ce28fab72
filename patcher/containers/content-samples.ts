/** One position in so many is a sample, chosen by content, so that equal stretches have equal samples. */
const SAMPLE_BITS = 5;
/** 16 MiB: with the samples of 512 MiB of content one in eight of the others seems known, which is near enough. */
const TABLE_BITS = 27;
const MIX = 0x9e3779b1;

/** Random numbers by byte, the same everywhere (Marsaglia's xorshift). */
const GEAR = Uint32Array.from({ length: 256 }, makeXorshift(0x2545f491));

/** Remembers content in bounded memory, to tell how much of other content is alike. */
export class ContentSamples {
  readonly #table = new Uint32Array(2 ** (TABLE_BITS - 5));

  add(content: Uint8Array): void {
    const table = this.#table;
    let hash = 0;
    for (let i = 0; i < content.length; i++) {
      hash = next(hash, content, i);
      if (hash >>> (32 - SAMPLE_BITS) !== 0) continue;
      const slot = slotOf(hash);
      table[slot >>> 5] = (table[slot >>> 5] as number) | (1 << (slot & 31));
    }
  }

  /** @returns 0 to 1: which share of the samples is known; 1 for content too short to have samples. */
  shareKnown(content: Uint8Array): number {
    const table = this.#table;
    let samples = 0;
    let known = 0;
    let hash = 0;
    for (let i = 0; i < content.length; i++) {
      hash = next(hash, content, i);
      if (hash >>> (32 - SAMPLE_BITS) !== 0) continue;
      const slot = slotOf(hash);
      samples++;
      known += ((table[slot >>> 5] as number) >>> (slot & 31)) & 1;
    }
    return samples === 0 ? 1 : known / samples;
  }
}

/** A sample's hash begins with zero bits; it is of the 32 bytes that end at `i`. */
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
