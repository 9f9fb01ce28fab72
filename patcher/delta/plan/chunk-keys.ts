import type { PatchTree } from './new-space.ts';

/** The hash of each chunk of a tree as a short string (latin-1 of its bytes), to be compared across trees. */
export function chunkKeys({ chunks }: PatchTree): string[] {
  const bytes = Buffer.from(chunks.sha256.buffer, chunks.sha256.byteOffset, chunks.sha256.byteLength);
  return Array.from({ length: chunks.count }, (_, row) => bytes.toString('latin1', row * 32, row * 32 + 32));
}
