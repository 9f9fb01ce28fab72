import { createHash, randomInt } from 'node:crypto';
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { FileEntry, Manifest } from '../../patcher/formats/manifest.ts';
import { parseManifest } from '../../patcher/formats/manifest-format.ts';
import { decodeChunk } from '../../patcher/formats/pack-format.ts';
import { sha256BytesAt } from '../../patcher/formats/sha256.ts';
import type { Build } from '../api/contract.ts';
import { objectKey } from '../delivery/object-path.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** Enough bytes that they cannot be guessed, few enough to be read in a moment. */
const RANGE_BYTES_MAX = 64 * 1024;
/** Manifests of builds that are being played, so that every start does not read one. */
const MANIFESTS_KEPT = 16;

/** A range of a file that only somebody who has the build can read, and the bytes it holds. */
export interface PossessionChallenge {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
}

export interface PossessionChallenges {
  /** @returns undefined for a build without a single byte. */
  readonly create: (build: Build) => Promise<PossessionChallenge | undefined>;
}

/** The answer to a challenge: SHA-256 of the nonce's bytes, then the range's. */
export function computeProof(nonce: Uint8Array, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(nonce).update(bytes).digest();
}

/** Challenges about builds in the store: a random chunk of a random file. */
export function createPossessionChallenges(store: ObjectStore): PossessionChallenges {
  const manifests = new Map<string, Promise<Manifest>>();

  const readManifest = async (build: Build): Promise<Manifest> => {
    const { sha256 } = build.manifest;
    const kept = manifests.get(sha256);
    if (kept !== undefined) return await kept;
    const reading = readObject(store, objectKey(build, 'manifest', sha256)).then((bytes) =>
      parseManifest(bytes),
    );
    manifests.set(sha256, reading);
    reading.catch(() => manifests.delete(sha256));
    const [oldest] = manifests.keys();
    if (manifests.size > MANIFESTS_KEPT && oldest !== undefined) manifests.delete(oldest);
    return await reading;
  };

  return {
    create: async (build) => {
      const manifest = await readManifest(build);
      const file = pickFile(manifest);
      return file && (await readChallenge(store, build, manifest, file));
    },
  };
}

function pickFile({ entries, preserve }: Manifest): FileEntry | undefined {
  // Files that belong to the player may differ from the build and still be right.
  const isPlayers = (path: string): boolean => preserve.some((pattern) => posix.matchesGlob(path, pattern));
  const files = entries.filter(
    (entry): entry is FileEntry => entry.kind === 'file' && entry.sizeBytes > 0 && !isPlayers(entry.path),
  );
  return files.length === 0 ? undefined : files[randomInt(files.length)];
}

async function readChallenge(
  store: ObjectStore,
  build: Build,
  { chunks, packs }: Manifest,
  file: FileEntry,
): Promise<PossessionChallenge> {
  const position = randomInt(file.chunks.length);
  const row = columnAt(file.chunks, position);
  const before = file.chunks
    .subarray(0, position)
    .reduce((sum, chunk) => sum + columnAt(chunks.sizeBytes, chunk), 0);
  const pack = packs[columnAt(chunks.pack, row)];
  if (pack === undefined) throw new RangeError('a parsed manifest names a pack it does not list');
  const start = columnAt(chunks.offset, row);
  const frame = await readObject(store, objectKey(build, 'pack', pack.sha256), {
    start,
    end: start + columnAt(chunks.packedBytes, row),
  });
  const chunk = decodeChunk(frame, {
    sizeBytes: columnAt(chunks.sizeBytes, row),
    sha256: sha256BytesAt(chunks.sha256, row),
  });
  const sizeBytes = Math.min(RANGE_BYTES_MAX, chunk.length);
  const within = randomInt(chunk.length - sizeBytes + 1);
  return {
    path: file.path,
    offset: before + within,
    sizeBytes,
    bytes: chunk.subarray(within, within + sizeBytes),
  };
}

function columnAt(column: Uint32Array, row: number): number {
  const value = column[row];
  if (value === undefined) throw new RangeError('a parsed manifest points outside its chunk table');
  return value;
}

async function readObject(
  store: ObjectStore,
  key: string,
  range?: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  const { stream } = await store.read(key, range);
  return await buffer(stream);
}
