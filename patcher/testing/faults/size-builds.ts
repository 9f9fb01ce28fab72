import { createHash, type Hash } from 'node:crypto';
import type { ChunkTable, FileEntry, Manifest, Sha256, TreeEntry } from '../../formats/manifest.ts';
import { serializeManifest } from '../../formats/manifest-format.ts';
import { encodeChunk } from '../../formats/pack-format.ts';
import { computeSha256, computeSha256Bytes, sha256At } from '../../formats/sha256.ts';
import { compareUtf8 } from '../../paths/utf8-order.ts';
import { SeededRandom } from '../random-bytes.ts';

/** Bytes of objects by their paths, for a server to give. */
export type ServedObjects = Map<string, Uint8Array>;

/** What is published of a build. */
export interface SizeBuild {
  readonly manifest: Uint8Array;
  /** Of all its files. */
  readonly sizeBytes: number;
}

const CHUNKING = { minBytes: 65_536, averageBytes: 262_144, maxBytes: 1_048_576 };
const MIB = 2 ** 20;
const FILES_A_FOLDER = 500;
/** Of a hundred files of many, those that are changed, renamed, and gone in the next version. */
const CHANGED = { bytes: 10, name: 2, gone: 1 };

/** Files of a few bytes each, no two alike. @param version From 1 on. */
export function manyFiles(served: ServedObjects, count: number, version = 1): SizeBuild {
  const kept = Array.from({ length: count }, (_, at) => at).filter(
    (at) => version === 1 || at % 100 >= CHANGED.gone,
  );
  const raws = kept.map((at) =>
    Buffer.from(`file number ${at}${version > 1 && at % 100 < CHANGED.bytes ? ` of ${version}` : ''}`),
  );
  const chunks = packUp(served, raws);
  const entries = kept.map((at, row): TreeEntry => {
    const renamed = version > 1 && at % 100 >= 100 - CHANGED.name ? 'renamed-' : '';
    return {
      kind: 'file',
      path: `${folderOf(at)}/${renamed}f${at}.dat`,
      mode: 0o644,
      sizeBytes: (raws[row] as Buffer).length,
      sha256: sha256At(chunks.chunks.sha256, row),
      chunks: Uint32Array.of(row),
    };
  });
  for (let at = 0; at < count; at += FILES_A_FOLDER)
    entries.push({ kind: 'directory', path: folderOf(at), mode: 0o755 });
  return publish(entries, chunks);
}

function folderOf(at: number): string {
  return `d${Math.floor(at / FILES_A_FOLDER)}`;
}

/** One file that repeats a MiB. */
export function largeFile(served: ServedObjects, gib: number): SizeBuild {
  const file = new LayeredFile([Buffer.alloc(MIB, 'gantry ')]);
  file.append(0, gib * 1024);
  return publish([file.entry('large.pak')], packUp(served, file.raws));
}

const BIG_FILE_MIB = 100;
/** Of each of its files: bytes that repeat one another, and bytes no other file has. */
const BIG_FILE = { repeatedMiB: 2, ownMiB: 1 };

/**
 * Files of 100 MiB as large games have them, by their sizes: all but 3 MiB of each are zeros, for which no space is needed.
 * @param version From 1 on; in each the own bytes of every tenth file are others.
 */
export function bigGame(served: ServedObjects, gib: number, version = 1): SizeBuild {
  const count = Math.ceil((gib * 1024) / BIG_FILE_MIB);
  const random = new SeededRandom(-1);
  const shared = new LayeredFile([new Uint8Array(MIB), random.bytes(MIB)]);
  shared.append(0, BIG_FILE_MIB - BIG_FILE.repeatedMiB - BIG_FILE.ownMiB);
  shared.append(1, BIG_FILE.repeatedMiB);
  const raws = [...shared.raws];
  const entries = Array.from({ length: count }, (_, at): TreeEntry => {
    const own = new SeededRandom(at % 10 === 0 ? at + version * count : at).bytes(BIG_FILE.ownMiB * MIB);
    const file = shared.withTail(own, raws.push(own) - 1);
    return file.entry(`data/${String(at).padStart(4, '0')}.pak`);
  });
  entries.push({ kind: 'directory', path: 'data', mode: 0o755 });
  return publish(entries, packUp(served, raws));
}

/** A file made of whole chunks, hashed as it grows; others may begin with it. */
class LayeredFile {
  readonly raws: readonly Uint8Array[];
  readonly #rows: number[] = [];
  #hash: Hash = createHash('sha256');
  #sizeBytes = 0;

  constructor(raws: readonly Uint8Array[]) {
    this.raws = raws;
  }

  append(row: number, times: number): void {
    const raw = this.raws[row] as Uint8Array;
    for (let time = 0; time < times; time++) this.#add(raw, row);
  }

  /** The same file with one more chunk. */
  withTail(raw: Uint8Array, row: number): LayeredFile {
    const longer = new LayeredFile(this.raws);
    longer.#rows.push(...this.#rows);
    longer.#hash = this.#hash.copy();
    longer.#sizeBytes = this.#sizeBytes;
    longer.#add(raw, row);
    return longer;
  }

  entry(path: string): FileEntry {
    const sha256 = this.#hash.copy().digest('hex') as Sha256;
    const chunks = Uint32Array.from(this.#rows);
    return { kind: 'file', path, mode: 0o644, sizeBytes: this.#sizeBytes, sha256, chunks };
  }

  #add(raw: Uint8Array, row: number): void {
    this.#rows.push(row);
    this.#hash.update(raw);
    this.#sizeBytes += raw.length;
  }
}

function publish(entries: TreeEntry[], chunks: Pick<Manifest, 'chunks' | 'packs'>): SizeBuild {
  entries.sort((a, b) => compareUtf8(a.path, b.path));
  const manifest = serializeManifest({ chunking: CHUNKING, entries, launch: [], preserve: [], ...chunks });
  return {
    manifest,
    sizeBytes: entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0),
  };
}

/** Bytes of a pack, about: as many as one that is pushed has. */
const PACK_BYTES = 32 * MIB;

/** Packs of all of them, where the server finds them. */
function packUp(served: ServedObjects, raws: readonly Uint8Array[]): Pick<Manifest, 'chunks' | 'packs'> {
  const count = raws.length;
  const chunks: ChunkTable = {
    count,
    sha256: new Uint8Array(count * 32),
    sizeBytes: Uint32Array.from(raws, (raw) => raw.length),
    pack: new Uint32Array(count),
    offset: new Uint32Array(count),
    packedBytes: new Uint32Array(count),
  };
  const packs: { sha256: Sha256; sizeBytes: number }[] = [];
  let frames: Uint8Array[] = [];
  let packBytes = 0;
  const close = () => {
    const pack = Buffer.concat(frames);
    const sha256 = computeSha256(pack);
    served.set(`packs/${sha256}`, pack);
    packs.push({ sha256, sizeBytes: pack.length });
    frames = [];
    packBytes = 0;
  };
  raws.forEach((raw, row) => {
    if (packBytes >= PACK_BYTES) close();
    const frame = encodeChunk(raw, 1);
    chunks.sha256.set(computeSha256Bytes(raw), row * 32);
    chunks.pack[row] = packs.length;
    chunks.offset[row] = packBytes;
    chunks.packedBytes[row] = frame.length;
    packBytes += frame.length;
    frames.push(frame);
  });
  close();
  return { chunks, packs };
}
