import type { ChunkingParameters } from '../formats/manifest.ts';

/** How much rarer a cut is before the average, and more frequent after it, in bits. */
const NORMALISATION_BITS = 2;

/**
 * The mean size of chunks of a large file of random bytes: every byte ends a chunk with the same chance, one before
 * the average and a greater one after it.
 * @see docs/formats/manifest.md#chunks
 */
export function computeMeanChunk({ minBytes, averageBytes, maxBytes }: ChunkingParameters): number {
  const bits = Math.round(Math.log2(averageBytes));
  const hard = bytesUntilCut(bits + NORMALISATION_BITS, averageBytes - minBytes);
  const easy = bytesUntilCut(bits - NORMALISATION_BITS, maxBytes - averageBytes);
  return minBytes + hard.mean + hard.none * easy.mean;
}

/** Bytes up to the first cut or the end of a stretch, and the chance that it has none. */
function bytesUntilCut(bits: number, stretchBytes: number): { mean: number; none: number } {
  const none = (1 - 2 ** -bits) ** stretchBytes;
  return { mean: (1 - none) * 2 ** bits, none };
}
