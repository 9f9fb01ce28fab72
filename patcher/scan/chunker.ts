import { CutFinder } from '../kernels/chunk/cut-finder.ts';
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

/** Bits by which a cut is harder before the average and easier after it (FastCDC's normalisation level 2). */
const NORMALISATION_BITS = 2;

/**
 * Finds content-defined chunk boundaries: FastCDC with normalised chunking over a 32-bit gear hash. Where a
 * boundary falls depends only on the bytes since the last one, so an insertion moves only the chunks around it.
 * @see Xia et al., "FastCDC", USENIX ATC 2016
 * @see docs/formats/manifest.md#chunks
 */
export class Chunker {
  readonly #parameters: ChunkingParameters;
  readonly #finder: CutFinder;
  /** A cut is where the upper bits of the hash are 0, that is, below a power of two: they depend on the most bytes. */
  readonly #hardLimit: number;
  readonly #easyLimit: number;

  /**
   * @param parameters In bytes; `minBytes` is at least 64 and so exceeds the hash's window of 32.
   * @param roomBytes Size of the room for the bytes to cut.
   */
  constructor(parameters: ChunkingParameters, roomBytes: number) {
    const bits = Math.round(Math.log2(parameters.averageBytes));
    this.#parameters = parameters;
    this.#finder = new CutFinder(roomBytes);
    this.#hardLimit = 2 ** (32 - Math.min(31, bits + NORMALISATION_BITS));
    this.#easyLimit = 2 ** (32 - Math.max(1, bits - NORMALISATION_BITS));
  }

  /** Where the bytes to cut are laid. */
  get room(): Buffer<ArrayBuffer> {
    return this.#finder.room;
  }

  /**
   * Length of the chunk that begins at `from` in the room.
   * @param to End of the bytes at hand: at least `maxBytes` after `from`, or the end of the file.
   * @returns 1 to `maxBytes`; 0 only if there are no bytes.
   */
  chunkLength(from: number, to: number): number {
    const { minBytes, averageBytes, maxBytes } = this.#parameters;
    const available = to - from;
    if (available <= minBytes) return available;
    const end = from + Math.min(available, maxBytes);
    const cut = this.#finder.findCut({
      start: from + minBytes,
      middle: Math.min(end, from + averageBytes),
      end,
      hardLimit: this.#hardLimit,
      easyLimit: this.#easyLimit,
    });
    return cut - from;
  }
}

/** Lengths of all chunks of bytes that are all there; they sum to their length. */
export function cutAll(bytes: Uint8Array, parameters: ChunkingParameters = DEFAULT_CHUNKING): number[] {
  const chunker = new Chunker(parameters, bytes.length);
  chunker.room.set(bytes);
  const lengths: number[] = [];
  for (let at = 0; at < bytes.length; at += lengths.at(-1) as number) {
    lengths.push(chunker.chunkLength(at, bytes.length));
  }
  return lengths;
}
