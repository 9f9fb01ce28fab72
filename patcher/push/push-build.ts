import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { LaunchTarget, Manifest, Sha256 } from '../formats/manifest.ts';
import { checkLaunch, checkPreserve } from '../formats/launch-check.ts';
import { manifestSha256, serializeManifest } from '../formats/manifest-format.ts';
import { PACK_COMPRESSION_LEVEL } from '../formats/pack-format.ts';
import { sha256BytesAt } from '../formats/sha256.ts';
import type { ScannedTree } from '../scan/scan-tree.ts';
import { runTasks } from '../threads/run-tasks.ts';
import type { PackTask, WrittenPack } from './pack-writer.ts';
import { type PlacedPack, placeChunks } from './place-chunks.ts';
import { planPush } from './plan-push.ts';
import type { KnownChunks, PushPort } from './push-port.ts';
import { UploadLanes } from './upload-lanes.ts';

/** Packs on their way at once: enough to fill a line, few enough to hold (32 MiB each). */
const UPLOADS_MAX = 3;
/** Packs being made at once; each holds up to 32 MiB. */
const PACKING_THREADS_MAX = 4;

/** The answer for a tree of empty files, which nobody needs to be asked about. */
const NOTHING_KNOWN: KnownChunks = { packs: [], pack: [], offset: [], packedBytes: [] };

export interface PushOptions {
  /** The folder that was scanned. */
  readonly root: string;
  readonly scanned: ScannedTree;
  readonly port: PushPort;
  readonly launch: readonly LaunchTarget[];
  readonly preserve: readonly string[];
  /** zstd level of new packs. */
  readonly level?: number;
  /** Raw bytes at which a pack is closed. */
  readonly packBytes?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PushProgress) => void;
}

export interface PushProgress {
  readonly phase: 'packing';
  /** Raw bytes of new chunks packed so far. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface PushReport {
  readonly buildId: number;
  readonly manifestSha256: Sha256;
  readonly files: number;
  /** Sum of the files' sizes. */
  readonly totalBytes: number;
  /** Bytes of packs given to the port. */
  readonly uploadedBytes: number;
  readonly newChunks: number;
  readonly knownChunks: number;
  /** New packs. */
  readonly packs: number;
}

/**
 * Push a scanned folder: ask which chunks are stored, pack and upload the others, commit the manifest. A push
 * that was stopped goes on where it was, because packs of the same tree have the same names; pushing the same
 * tree again uploads nothing and gives the same manifest.
 * @throws {AppError} `PUSH_…`, `SCAN_UNREADABLE`, `FORMAT_…`; what the port throws; the signal's reason.
 */
export async function pushBuild(options: PushOptions): Promise<PushReport> {
  const { scanned, port, launch, preserve, signal } = options;
  // Before the hours of uploading, not after them.
  checkLaunch({ launch, entries: scanned.entries });
  checkPreserve(preserve);
  const known = scanned.chunks.count === 0 ? NOTHING_KNOWN : await port.locateChunks(scanned.chunks.sha256);
  const plan = planPush(scanned, known, options.packBytes);
  const newPacks = await uploadPacks(options, plan.packs, plan.newBytes);
  const { chunks, packs } = placeChunks(scanned.chunks, known, newPacks);
  const { chunking, entries } = scanned;
  const manifest: Manifest = { chunking, entries, chunks, packs, launch, preserve };
  const bytes = serializeManifest(manifest);
  signal?.throwIfAborted();
  const { buildId } = await port.commitManifest(bytes);
  return {
    buildId,
    manifestSha256: manifestSha256(bytes),
    files: entries.filter((entry) => entry.kind === 'file').length,
    totalBytes: scanned.totalBytes,
    uploadedBytes: newPacks.reduce((sum, pack) => sum + pack.sizeBytes, 0),
    newChunks: plan.newChunks,
    knownChunks: plan.knownChunks,
    packs: newPacks.length,
  };
}

async function uploadPacks(
  options: PushOptions,
  plans: readonly Uint32Array[],
  bytesTotal: number,
): Promise<PlacedPack[]> {
  const { port, signal, onProgress } = options;
  const lanes = new UploadLanes(UPLOADS_MAX);
  const placed: PlacedPack[] = [];
  let bytesDone = 0;
  try {
    await runTasks<PackTask, WrittenPack>({
      script: new URL('pack-worker.ts', import.meta.url),
      data: undefined,
      taskCount: plans.length,
      toTask: (row) => toPackTask(options, plans[row] as Uint32Array),
      threads: Math.min(PACKING_THREADS_MAX, availableParallelism()),
      signal,
      onBytes: (bytes) => {
        bytesDone += bytes;
        onProgress?.({ phase: 'packing', bytesDone, bytesTotal });
      },
      onResult: async ({ sha256, bytes, index }, row) => {
        placed[row] = { sha256, sizeBytes: bytes.length, index, rows: plans[row] as Uint32Array };
        // Resolves when a lane is free, not when the pack has arrived: the thread goes on packing meanwhile.
        await lanes.start(() => port.uploadPack({ sha256, bytes, index }));
      },
    });
  } finally {
    await lanes.settled();
  }
  lanes.throwIfFailed();
  return placed;
}

function toPackTask(
  { root, scanned, level = PACK_COMPRESSION_LEVEL }: PushOptions,
  rows: Uint32Array,
): PackTask {
  const { chunks, entries } = scanned;
  const sha256 = new Uint8Array(rows.length * 32);
  const pieces = Array.from(rows, (row, at) => {
    sha256.set(sha256BytesAt(chunks.sha256, row), at * 32);
    const entry = entries[chunks.entry[row] as number];
    if (entry === undefined) throw new Error(`chunk ${row} lies in no entry`);
    const offset = chunks.offset[row] as number;
    const sizeBytes = chunks.sizeBytes[row] as number;
    return { absolute: path.join(root, entry.path), path: entry.path, offset, sizeBytes };
  });
  return { pieces, sha256, level };
}
