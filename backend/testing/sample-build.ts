import { createHash } from 'node:crypto';
import type {
  DirectoryEntry,
  FileEntry,
  Manifest,
  Sha256,
  TreeEntry,
} from '../../patcher/formats/manifest.ts';
import { serializeManifest } from '../../patcher/formats/manifest-format.ts';
import { encodeChunk } from '../../patcher/formats/pack-format.ts';
import { compareUtf8 } from '../../patcher/paths/utf8-order.ts';
import type { ApiClient } from '../api/client.ts';
import type { Depot, PushSession } from '../api/contract.ts';
import { pointChannel } from './sign-build.ts';

/** A build made by hand: its manifest and the packs that hold its chunks. */
export interface SampleBuild {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly packs: readonly { readonly sha256: Sha256; readonly bytes: Uint8Array }[];
}

/** Fixed-size cuts are enough here; what matters is that files have several chunks. */
const CHUNK_BYTES = 1024;

/**
 * A build of some files, all its new chunks in one pack.
 * @param base A build whose chunks are reused where they are, as a push does after asking the service.
 */
export function makeSampleBuild(
  files: Readonly<Record<string, Uint8Array>>,
  base?: SampleBuild,
): SampleBuild {
  const chunks = new ChunkCollector(base);
  const entries: TreeEntry[] = Object.entries(files).map(([path, bytes]) => chunks.addFile(path, bytes));
  entries.push(...directoriesOf(Object.keys(files)));
  entries.sort((a, b) => compareUtf8(a.path, b.path));
  return chunks.finish(files, entries);
}

function directoriesOf(paths: readonly string[]): DirectoryEntry[] {
  const folders = new Set<string>();
  for (const path of paths) {
    const segments = path.split('/').slice(0, -1);
    segments.forEach((_segment, index) => folders.add(segments.slice(0, index + 1).join('/')));
  }
  return [...folders].map((path) => ({ kind: 'directory', path, mode: 0o755 }));
}

interface ChunkRow {
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly packedBytes: number;
  readonly pack: Sha256 | 'new';
  readonly offset: number;
}

class ChunkCollector {
  readonly #rows: ChunkRow[] = [];
  readonly #index = new Map<string, number>();
  readonly #frames: Uint8Array[] = [];
  readonly #base: SampleBuild | undefined;
  #packBytes = 0;

  constructor(base: SampleBuild | undefined) {
    this.#base = base;
  }

  addFile(path: string, bytes: Uint8Array): FileEntry {
    const rows: number[] = [];
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
      rows.push(this.#add(bytes.subarray(at, at + CHUNK_BYTES)));
    return {
      kind: 'file',
      path,
      mode: 0o644,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      chunks: Uint32Array.from(rows),
    };
  }

  #add(raw: Uint8Array): number {
    const key = sha256(raw);
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    this.#rows.push(this.#reuse(key) ?? this.#pack(raw, key));
    this.#index.set(key, this.#rows.length - 1);
    return this.#rows.length - 1;
  }

  #reuse(key: Sha256): ChunkRow | undefined {
    const table = this.#base?.manifest.chunks;
    if (table === undefined) return undefined;
    for (let row = 0; row < table.count; row += 1) {
      const hash = Buffer.from(table.sha256.subarray(row * 32, row * 32 + 32));
      if (hash.toString('hex') !== key) continue;
      const pack = this.#base?.manifest.packs[table.pack[row] as number]?.sha256 as Sha256;
      return {
        sha256: hash,
        sizeBytes: table.sizeBytes[row] as number,
        packedBytes: table.packedBytes[row] as number,
        pack,
        offset: table.offset[row] as number,
      };
    }
    return undefined;
  }

  #pack(raw: Uint8Array, key: Sha256): ChunkRow {
    const frame = encodeChunk(raw);
    const offset = this.#packBytes;
    this.#frames.push(frame);
    this.#packBytes += frame.length;
    const hash = Buffer.from(key, 'hex');
    return { sha256: hash, sizeBytes: raw.length, packedBytes: frame.length, pack: 'new', offset };
  }

  finish(files: SampleBuild['files'], entries: readonly TreeEntry[]): SampleBuild {
    const bytes = Buffer.concat(this.#frames);
    const added = bytes.length === 0 ? [] : [{ sha256: sha256(bytes), bytes }];
    const old = [...new Set(this.#rows.map((row) => row.pack))].filter(
      (pack): pack is Sha256 => pack !== 'new',
    );
    const sizeOf = (pack: Sha256) =>
      this.#base?.manifest.packs.find((one) => one.sha256 === pack)?.sizeBytes ?? 0;
    const packs = [
      ...old.map((pack) => ({ sha256: pack, sizeBytes: sizeOf(pack) })),
      ...added.map((pack) => ({ sha256: pack.sha256, sizeBytes: pack.bytes.length })),
    ];
    const rows = this.#rows;
    const packIndex = (row: ChunkRow) => (row.pack === 'new' ? old.length : old.indexOf(row.pack));
    const manifest: Manifest = {
      chunking: { minBytes: 64, averageBytes: CHUNK_BYTES, maxBytes: CHUNK_BYTES },
      entries,
      chunks: {
        count: rows.length,
        sha256: new Uint8Array(Buffer.concat(rows.map((row) => row.sha256))),
        sizeBytes: Uint32Array.from(rows, (row) => row.sizeBytes),
        pack: Uint32Array.from(rows, packIndex),
        offset: Uint32Array.from(rows, (row) => row.offset),
        packedBytes: Uint32Array.from(rows, (row) => row.packedBytes),
      },
      packs,
      launch: [],
      preserve: [],
    };
    return { files, manifest, manifestBytes: serializeManifest(manifest), packs: added };
  }
}

function sha256(bytes: Uint8Array): Sha256 {
  return createHash('sha256').update(bytes).digest('hex') as Sha256;
}

export interface PushSampleOptions {
  readonly gameId: string;
  readonly depot?: Depot;
  readonly channel?: string;
  readonly version?: string;
}

/** Push a build through the API as the CLI does, signed where it goes to a channel. @returns the session once it is decided. */
export async function pushSampleBuild(
  api: ApiClient,
  build: SampleBuild,
  options: PushSampleOptions,
): Promise<PushSession> {
  const { gameId, depot = 'linux', channel, version = '' } = options;
  const { pushSessionId } = await api.beginPush({ params: { gameId, depot }, body: { version } });
  for (const pack of build.packs) await uploadSamplePack(api, pushSessionId, pack);
  await api.commitPush({ params: { pushSessionId }, body: build.manifestBytes });
  const session = await waitForPush(api, pushSessionId);
  if (channel === undefined || session.build === undefined) return session;
  await pointChannel(api, channel, session.build);
  return api.pushSession({ params: { pushSessionId } });
}

export async function uploadSamplePack(
  api: ApiClient,
  pushSessionId: string,
  pack: { readonly sha256: string; readonly bytes: Uint8Array },
): Promise<void> {
  const params = { pushSessionId, packSha256: pack.sha256 };
  const upload = await api.uploadPack({ params, body: { sizeBytes: pack.bytes.length } });
  if (upload.state === 'stored') return;
  for (const part of upload.parts) {
    const bytes = pack.bytes.slice(part.offset, part.offset + part.sizeBytes);
    const response = await fetch(part.url, { method: part.method, headers: part.headers, body: bytes });
    if (!response.ok) throw new Error(`part ${part.number} was answered with ${response.status}`);
  }
  await api.completePack({ params, body: { uploadId: upload.uploadId } });
}

export async function waitForPush(api: ApiClient, pushSessionId: string): Promise<PushSession> {
  for (;;) {
    const session = await api.pushSession({ params: { pushSessionId } });
    if (session.state !== 'verifying' && session.state !== 'open') return session;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Bytes that do not compress, the same for the same seed. */
export function sampleBytes(seed: string, sizeBytes: number): Uint8Array {
  const blocks: Buffer[] = [];
  for (let index = 0; index * 32 < sizeBytes; index += 1) {
    blocks.push(createHash('sha256').update(`${seed}:${index}`).digest());
  }
  return new Uint8Array(Buffer.concat(blocks).subarray(0, sizeBytes));
}
