import { describe, expect, it } from 'vitest';
import { cutAll } from '../scan/chunker.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { computeMeanChunk } from './mean-chunk.ts';

describe('computeMeanChunk', () => {
  const bytes = new SeededRandom(1).bytes(8 * 2 ** 20);

  it.each([
    { minBytes: 1024, averageBytes: 4096, maxBytes: 16_384 },
    { minBytes: 512, averageBytes: 4096, maxBytes: 8192 },
    { minBytes: 2048, averageBytes: 4096, maxBytes: 65_536 },
  ])('foretells what the chunker does within 3 %: $minBytes $averageBytes $maxBytes', (chunking) => {
    const mean = bytes.length / cutAll(bytes, chunking).length;
    expect(computeMeanChunk(chunking) / mean).toBeGreaterThan(0.97);
    expect(computeMeanChunk(chunking) / mean).toBeLessThan(1.03);
  });

  it('is exact for chunks of one size', () => {
    expect(computeMeanChunk({ minBytes: 1024, averageBytes: 1024, maxBytes: 1024 })).toBe(1024);
  });
});
