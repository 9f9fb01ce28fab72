import type { PatchTree } from './new-space.ts';

/** The hash of each chunk of a tree as a short string (latin-1 of its bytes), to be compared across trees. */
export function chunkKeys(tree: PatchTree): string[] {
  const keyOf = chunkKeyOf(tree);
  return Array.from({ length: tree.chunks.count }, (_, row) => keyOf(row));
}

/** The same for one chunk at a time. */
export function chunkKeyOf({ chunks }: PatchTree): (row: number) => string {
  const bytes = Buffer.from(chunks.sha256.buffer, chunks.sha256.byteOffset, chunks.sha256.byteLength);
  return (row) => bytes.toString('latin1', row * 32, row * 32 + 32);
}
