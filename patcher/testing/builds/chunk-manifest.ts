import type { FileEntry, Manifest } from '../../formats/manifest.ts';
import { computeSha256, computeSha256Bytes } from '../../formats/sha256.ts';

export const CHUNK_BYTES = 1000;
export const PACKED_BYTES = 600;

/** A manifest of files given by the names of their chunks; all chunks lie in one pack, in order of first use. */
export function manifestOf(files: Record<string, readonly string[]>): Manifest {
  const names = [...new Set(Object.values(files).flat())];
  const entries = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([path, chunks]): FileEntry => ({
        kind: 'file',
        path,
        mode: 0o644,
        sizeBytes: chunks.length * CHUNK_BYTES,
        sha256: computeSha256(Buffer.from(chunks.join('|'))),
        chunks: Uint32Array.from(chunks, (name) => names.indexOf(name)),
      }),
    );
  return {
    chunking: { minBytes: 64, averageBytes: 1024, maxBytes: 4096 },
    entries,
    chunks: {
      count: names.length,
      sha256: Buffer.concat(names.map((name) => computeSha256Bytes(Buffer.from(name)))),
      sizeBytes: new Uint32Array(names.length).fill(CHUNK_BYTES),
      pack: new Uint32Array(names.length),
      offset: Uint32Array.from(names, (_, index) => index * PACKED_BYTES),
      packedBytes: new Uint32Array(names.length).fill(PACKED_BYTES),
    },
    packs: [
      { sha256: computeSha256(Buffer.from('pack')), sizeBytes: Math.max(1, names.length * PACKED_BYTES) },
    ],
    launch: [],
    preserve: [],
  };
}
