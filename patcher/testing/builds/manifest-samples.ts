import type { ChunkTable, Manifest, PackReference, Sha256, TreeEntry } from '../../formats/manifest.ts';
import { computeSha256, computeSha256Bytes, EMPTY_SHA256, sha256At } from '../../formats/sha256.ts';
import { compareUtf8 } from '../../paths/utf8-order.ts';

/** The shape of a manifest to invent: directories of files, each file with its chunk sizes. */
export interface ManifestShape {
  readonly files: readonly {
    readonly path: string;
    readonly mode: number;
    readonly chunkSizes: readonly number[];
  }[];
  readonly links?: readonly { readonly path: string; readonly target: string }[];
  readonly directories?: readonly string[];
  readonly packCount?: number;
}

/** Invent a valid manifest of a shape; hashes follow from the row numbers, so equal shapes give equal manifests. */
export function buildManifest(shape: ManifestShape): Manifest {
  const sizes = shape.files.flatMap((file) => file.chunkSizes);
  const packCount = Math.max(1, Math.min(shape.packCount ?? 1, sizes.length));
  const { chunks, packs } = buildChunks(sizes, packCount);
  let row = 0;
  const files = shape.files.map(({ path, mode, chunkSizes }): TreeEntry => {
    const rows = Uint32Array.from(chunkSizes, () => row++);
    const sizeBytes = chunkSizes.reduce((sum, size) => sum + size, 0);
    return { kind: 'file', path, mode, sizeBytes, sha256: fileHash(path, rows, chunks), chunks: rows };
  });
  const links = (shape.links ?? []).map((link): TreeEntry => ({ kind: 'link', ...link }));
  const directories = allDirectories([...files, ...links], shape.directories ?? []);
  const entries = [...files, ...links, ...directories].sort((a, b) => compareUtf8(a.path, b.path));
  return {
    chunking: { minBytes: 64, averageBytes: 65_536, maxBytes: 1_048_576 },
    entries,
    chunks,
    packs,
    launch: [],
    preserve: [],
  };
}

function buildChunks(
  sizes: readonly number[],
  packCount: number,
): { chunks: ChunkTable; packs: PackReference[] } {
  const count = sizes.length;
  const table = {
    count,
    sha256: new Uint8Array(count * 32),
    sizeBytes: Uint32Array.from(sizes),
    pack: new Uint32Array(count),
    offset: new Uint32Array(count),
    packedBytes: new Uint32Array(count),
  };
  const ends = Array.from({ length: packCount }, () => 0);
  for (let row = 0; row < count; row++) {
    const pack = Math.floor((row * packCount) / count);
    table.sha256.set(computeSha256Bytes(Buffer.from(`chunk ${row}`)), row * 32);
    table.packedBytes[row] = 1 + Math.floor((sizes[row] as number) / 2);
    table.pack[row] = pack;
    table.offset[row] = ends[pack] as number;
    ends[pack] = (ends[pack] as number) + (table.packedBytes[row] as number);
  }
  const used = count === 0 ? [] : ends;
  const packs = used.map((sizeBytes, pack) => ({
    sha256: computeSha256(Buffer.from(`pack ${pack}`)),
    sizeBytes,
  }));
  return { chunks: table, packs };
}

function fileHash(path: string, rows: Uint32Array, chunks: ChunkTable): Sha256 {
  if (rows.length === 0) return EMPTY_SHA256;
  if (rows.length === 1) return sha256At(chunks.sha256, rows[0] as number);
  return computeSha256(Buffer.from(`file ${path}`));
}

function allDirectories(entries: readonly TreeEntry[], more: readonly string[]): TreeEntry[] {
  const paths = new Set<string>(more);
  for (const path of [...entries.map((entry) => entry.path), ...more]) {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      paths.add(path.slice(0, slash));
    }
  }
  return [...paths].map((path) => ({ kind: 'directory', path, mode: 0o755 }));
}
