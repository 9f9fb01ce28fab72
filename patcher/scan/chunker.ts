import type { ChunkingParameters } from '../formats/manifest.ts';

/**
 * Chunk sizes of new builds. Smaller chunks find more of what is unchanged but cost 40 bytes of manifest and a
 * frame's overhead each; a quarter MiB keeps a 100 GB game at 400,000 chunks.
 */
export const DEFAULT_CHUNKING: ChunkingParameters = {
  minBytes: 64 * 1024,
  averageBytes: 256 * 1024,
  maxBytes: 1024 * 1024,
};

/** Bytes the rolling hash remembers: one bit is shifted out of its 32 a byte. */
const WINDOW_BYTES = 32;
/** Bits by which a cut is harder before the average and easier after it (FastCDC's normalisation level 2). */
const NORMALISATION_BITS = 2;
/** Changing the seed moves every boundary, and so makes every old chunk new: never. */
const GEAR_SEED = 0x67616e74;
const GEAR = makeGear(GEAR_SEED);

/**
 * Finds content-defined chunk boundaries: FastCDC with normalised chunking over a 32-bit gear hash. Where a
 * boundary falls depends only on the bytes since the last one, so an insertion moves only the chunks around it.
 * @see Xia et al., "FastCDC", USENIX ATC 2016
 * @see docs/formats/manifest.md#chunks
 */
export class Chunker {
  readonly #parameters: ChunkingParameters;
  /** A cut is where the bits of the hash from here up are 0: the upper bits depend on the most bytes. */
  readonly #hardShift: number;
  readonly #easyShift: number;

  /** @param parameters In bytes; `minBytes` is at least 64 and so exceeds the rolling window. */
  constructor(parameters: ChunkingParameters = DEFAULT_CHUNKING) {
    const bits = Math.round(Math.log2(parameters.averageBytes));
    this.#parameters = parameters;
    this.#hardShift = 32 - Math.min(31, bits + NORMALISATION_BITS);
    this.#easyShift = 32 - Math.max(1, bits - NORMALISATION_BITS);
  }

  /**
   * Length of the chunk that begins at `from`.
   * @param to End of the bytes at hand: at least `maxBytes` after `from`, or the end of the file.
   * @returns 1 to `maxBytes`; 0 only if there are no bytes.
   */
  chunkLength(bytes: Uint8Array, from: number, to: number): number {
    const { minBytes, averageBytes, maxBytes } = this.#parameters;
    const available = to - from;
    if (available <= minBytes) return available;
    const start = from + minBytes;
    const end = from + Math.min(available, maxBytes);
    const middle = Math.min(end, from + averageBytes);
    // Compared as signed words: the loops stay within small integers.
    const hardMask = -1 << this.#hardShift;
    const easyMask = -1 << this.#easyShift;
    let hash = 0;
    let at = start - WINDOW_BYTES;
    for (; at < start; at++) hash = ((hash << 1) + (GEAR[bytes[at] as number] as number)) | 0;
    for (; at < middle; at++) {
      hash = ((hash << 1) + (GEAR[bytes[at] as number] as number)) | 0;
      if ((hash & hardMask) === 0) return at + 1 - from;
    }
    for (; at < end; at++) {
      hash = ((hash << 1) + (GEAR[bytes[at] as number] as number)) | 0;
      if ((hash & easyMask) === 0) return at + 1 - from;
    }
    return end - from;
  }

  /** Lengths of all chunks of bytes that are all there; they sum to their length. */
  chunkLengths(bytes: Uint8Array): number[] {
    const lengths: number[] = [];
    for (let at = 0; at < bytes.length; at += lengths.at(-1) as number) {
      lengths.push(this.chunkLength(bytes, at, bytes.length));
    }
    return lengths;
  }
}

/** 256 pseudo-random words by splitmix32: a fixed table, written as its rule. */
function makeGear(seed: number): Int32Array {
  let state = seed;
  return Int32Array.from({ length: 256 }, () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  });
}
