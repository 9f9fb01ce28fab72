import { availableParallelism } from 'node:os';
import type { AddressMap } from '../executables/address-map.ts';
import type { FileEntry, Sha256 } from '../formats/manifest.ts';
import type { PatchEntry, UnplacedSegment } from '../formats/patch.ts';
import { serializePatchHeader } from '../formats/patch-format.ts';
import { computeSha256 } from '../formats/sha256.ts';
import { computeFilesDigest, computeTreeDigest } from '../formats/tree-digest.ts';
import { planIndex } from './old-index.ts';
import { countSpanBytes } from './old-space.ts';
import { PatchWriter } from './patch-writer.ts';
import { type PatchPlan, type PatchPlanOptions, planPatch } from './plan-patch.ts';
import { isSecondOpinionAvailable } from './second-opinion.ts';
import type { MadeSegment } from './segment-maker.ts';
import { makeSegments, type ScheduledSegment } from './segment-schedule.ts';

export interface MakePatchOptions extends PatchPlanOptions {
  readonly oldRoot: string;
  readonly newRoot: string;
  /** Written beside itself first, and put in place when complete. */
  readonly outPath: string;
  readonly workers?: number;
  /** Ask bsdiff as well, where affordable; by default at effort `max`. */
  readonly secondOpinion?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PatchProgress) => void;
}

export interface PatchProgress {
  /** Bytes of changed files whose segments are made. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface PatchReport {
  readonly sha256: Sha256;
  readonly sizeBytes: number;
  readonly headerBytes: number;
  readonly segments: number;
  /** Bytes of changed files. */
  readonly madeBytes: number;
  /** Bytes of files that are whole old files. */
  readonly copiedBytes: number;
  /** Whether bsdiff was asked. */
  readonly secondOpinion: 'off' | 'unavailable' | 'used';
  /** Segments for which bsdiff's alignment came out smaller. */
  readonly secondOpinionWins: number;
}

/** What a thread holds beside the shared index: a segment's old and new bytes, its streams, and their coder. */
const THREAD_BYTES = 64 * 2 ** 20;

/**
 * Make the patch that turns one build into another. The same trees and options give the same patch whatever the
 * number of threads.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH` or `PATCH_INPUT_CHANGED` when a folder is not what its
 *   tree says, `PATCH_WRITE_FAILED`, `PATCH_BUDGET_TOO_SMALL`, `THREAD_FAILED`; the signal's reason if it fires.
 * @see docs/formats/patch.md
 */
export async function makePatch(options: MakePatchOptions): Promise<PatchReport> {
  const { oldRoot, newRoot, signal, onProgress } = options;
  const secondOpinion = decideSecondOpinion(options);
  const plan = planPatch({ ...options, secondOpinion: secondOpinion === 'used' });
  const { segments, newSpace } = plan;
  const bytesTotal = newSpace.madeBytes;
  await using writer = await PatchWriter.open(options.outPath);
  const addressMaps = new Map<number, AddressMap>();
  let bytesDone = 0;
  let secondOpinionWins = 0;
  await makeSegments({
    data: { oldRoot, newRoot, oldSpace: plan.oldSpace },
    segments,
    workers: affordableThreads(plan, options.workers ?? availableParallelism()),
    indexBudgetBytes: plan.indexBudgetBytes,
    signal,
    onSegment: async (row, segment) => {
      await writer.addSegment(
        row,
        segment.encoded.body,
        toUnplaced(segments[row] as ScheduledSegment, segment),
      );
      if (segment.secondOpinionWon) secondOpinionWins++;
      bytesDone += segments[row]?.task.newBytes ?? 0;
      onProgress?.({ bytesDone, bytesTotal });
    },
    onAddressMap: (oldFile, map) => addressMaps.set(oldFile, map),
  });
  const header = layHeader(plan, writer.segments, addressMaps);
  return {
    ...(await writer.finish(header)),
    headerBytes: header.length,
    segments: segments.length,
    madeBytes: bytesTotal,
    copiedBytes: sumCopied(newSpace.entries),
    secondOpinion,
    secondOpinionWins,
  };
}

/** As many threads as fit beside the largest index. */
function affordableThreads(
  { segments, memoryBudgetBytes, indexBudgetBytes }: PatchPlan,
  workers: number,
): number {
  const indexBytes = segments.reduce((most, { spans }) => {
    const shape = planIndex(countSpanBytes(spans), indexBudgetBytes);
    return Math.max(most, shape?.memoryBytes ?? 0);
  }, 0);
  const affordable = Math.floor((memoryBudgetBytes - indexBytes) / THREAD_BYTES);
  return Math.max(1, Math.min(workers, affordable));
}

function decideSecondOpinion({ secondOpinion, effort }: MakePatchOptions): PatchReport['secondOpinion'] {
  if (!(secondOpinion ?? effort === 'max')) return 'off';
  return isSecondOpinionAvailable() ? 'used' : 'unavailable';
}

function toUnplaced({ task }: ScheduledSegment, made: MadeSegment): UnplacedSegment {
  return {
    packedBytes: made.encoded.body.length,
    packedSha256: computeSha256(made.encoded.body),
    newBytes: task.newBytes,
    newSha256: made.newSha256,
    oldRanges: made.oldRanges,
  };
}

/** List only those old files that are read, and count in that list. */
function layHeader(
  plan: PatchPlan,
  segments: readonly UnplacedSegment[],
  addressMaps: ReadonlyMap<number, AddressMap>,
): Uint8Array {
  const { oldTree, newTree, oldFiles, newSpace } = plan;
  const used = new Set<number>();
  for (const entry of newSpace.entries) {
    if (entry.kind === 'file' && entry.origin.kind === 'copy') used.add(entry.origin.oldFile);
  }
  for (const { oldRanges } of segments) for (const { oldFile } of oldRanges) used.add(oldFile);
  const rows = [...used].sort((a, b) => a - b);
  const listed = rows.map((row) => oldFiles[row] as FileEntry);
  const places = new Map(rows.map((row, place) => [row, place]));
  const place = (row: number): number => places.get(row) as number;
  return serializePatchHeader({
    oldTreeDigest: computeTreeDigest(oldTree.entries),
    newTreeDigest: computeTreeDigest(newTree.entries),
    oldFilesDigest: computeFilesDigest(listed),
    entries: newSpace.entries.map((entry) => placeOrigin(entry, place)),
    oldFiles: listed.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
    addressMaps: rows.flatMap((row) => {
      const map = addressMaps.get(row);
      return map === undefined ? [] : [{ oldFile: place(row), map }];
    }),
    segments: segments.map((segment) => ({
      ...segment,
      oldRanges: segment.oldRanges.map((range) => ({ ...range, oldFile: place(range.oldFile) })),
    })),
  });
}

function placeOrigin(entry: PatchEntry, place: (row: number) => number): PatchEntry {
  if (entry.kind !== 'file' || entry.origin.kind !== 'copy') return entry;
  return { ...entry, origin: { kind: 'copy', oldFile: place(entry.origin.oldFile) } };
}

function sumCopied(entries: readonly PatchEntry[]): number {
  return entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' && entry.origin.kind === 'copy' ? entry.sizeBytes : 0),
    0,
  );
}
