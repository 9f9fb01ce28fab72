import { AppError, type ErrorData } from '../../errors.ts';
import { downloadErrors } from '../../download/download-errors.ts';
import { decodeChunk } from '../../formats/pack-format.ts';
import { computeSha256Bytes, equalSha256, sha256BytesAt } from '../../formats/sha256.ts';
import { ByteIntervals } from '../../plan/byte-intervals.ts';
import {
  type ChunkNeeds,
  type ChunkRange,
  type ChunkRequest,
  collectChunkNeeds,
  planChunkRequests,
} from '../../plan/chunk-needs.ts';
import { type ChunkSeed, ChunkSeeds } from '../../plan/chunk-seeds.ts';
import { inSlices } from '../../threads/slices.ts';
import { installErrors } from '../install-errors.ts';
import type { StagedFile } from '../state/journal-format.ts';
import { type ChunkSpan, SpanCollector } from './writing/span-collector.ts';
import { packPath } from './pack-path.ts';
import { toSpanTask } from './writing/span-task.ts';
import { SpanWriters } from './writing/span-writers.ts';
import { readOldOrNothing } from './stage-copies.ts';
import { fetchWhole, runStreams, type StagingJob } from './staging-job.ts';
import {
  countWrittenBytes,
  type SpanFile,
  type SpanOutcome,
  type SpanPiece,
  type SpanTask,
} from './writing/write-span.ts';

/** Tries for one chunk that arrives wrong, beyond the first: a broken cache may heal, more is no chance. */
const CHUNK_REFETCHES = 2;
/** Rounds of completing: the second mends what local sources got wrong, the third is for a disk that lies. */
const ROUNDS = 3;
/**
 * A span that is written to more than this much is placed piece by piece instead: a chunk of zeros may be all of a large
 * file, and until a span is done nothing is heard of it and it cannot be stopped.
 */
const SPAN_WRITTEN_BYTES_MAX = 64 * 2 ** 20;

/**
 * Complete files in staging from chunks: those the old build has on disk, the rest from the CDN. Every file is hashed
 * whole; its chunks are hashed before they are written as well, but not those that are fetched at first for a file that is
 * hashed anyway and can be searched for a wrong one. Whatever is staged already is left alone.
 * @throws {AppError} `DOWNLOAD_…`, `INSTALL_CONTENT_MISMATCH`.
 */
export async function stageChunks(job: StagingJob, entries: readonly number[]): Promise<void> {
  // Nothing is left where a patch made everything, and to see that takes no index of the old build.
  if (entries.every((entry) => job.staging.isComplete(entry))) return;
  const seeds =
    job.seeds ?? (job.installed === null ? undefined : await inSlices(ChunkSeeds.of(job.installed)));
  let wrong: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const needs = await inSlices(collectChunkNeeds(job.next, entries, { staged: job.staging.staged, seeds }));
    const failed = await placeLocalChunks(job, needs);
    const remote = [...needs.remote, ...failed].sort((a, b) => a - b);
    // A chunk that came wrong unseen is fetched again by itself.
    await fetchAll({ job, needs, hashesLater: round === 0 }, remote);
    job.staging.finishFull(entries);
    wrong = await job.staging.settle();
    if (entries.every((entry) => job.staging.isComplete(entry))) return;
  }
  const path = job.next.entries[wrong[0] ?? -1]?.path;
  throw installErrors.error('INSTALL_CONTENT_MISMATCH', { path });
}

async function fetchAll(all: Omit<Fetching, 'writers'>, rows: readonly number[]): Promise<void> {
  const { job } = all;
  const requests = await inSlices(planChunkRequests(job.next, rows, job.coalescing));
  const { sizeBytes } = job.next.chunks;
  const expectedBytes = rows.reduce((sum, row) => sum + (sizeBytes[row] as number), 0);
  await using writers = new SpanWriters(job.threads, expectedBytes);
  await runStreams(job, requests, (request, signal) => fetchChunks({ ...all, writers }, request, signal));
}

/** Copy chunks from old files, in the order they lie there. @returns Rows whose old bytes were not right. */
async function placeLocalChunks(job: StagingJob, needs: ChunkNeeds): Promise<number[]> {
  const failed: number[] = [];
  const inOrder = [...needs.local].sort(
    ([, a], [, b]) => compareText(a.from, b.from) || a.entry - b.entry || a.offset - b.offset,
  );
  for (const [row, seed] of inOrder) {
    job.signal?.throwIfAborted();
    const sizeBytes = job.next.chunks.sizeBytes[row] as number;
    const bytes = readSeed(job, seed, sizeBytes);
    if (bytes !== undefined && isChunk(job, row, bytes)) await placeChunk(job, needs, row, bytes);
    else failed.push(row);
  }
  return failed;
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function readSeed(job: StagingJob, seed: ChunkSeed, sizeBytes: number): Uint8Array | undefined {
  if (seed.from === 'old') {
    const old = job.installed?.manifest.entries[seed.entry];
    return old === undefined ? undefined : readOldOrNothing(job, old.path, seed.offset, sizeBytes);
  }
  const placed = job.next.entries[seed.entry];
  if (placed === undefined || job.placedFiles === undefined) return undefined;
  return readOldOrNothing({ oldFiles: job.placedFiles }, placed.path, seed.offset, sizeBytes);
}

function isChunk(job: StagingJob, row: number, bytes: Uint8Array): boolean {
  return equalSha256(computeSha256Bytes(bytes), sha256BytesAt(job.next.chunks.sha256, row));
}

async function placeChunk(job: StagingJob, needs: ChunkNeeds, row: number, bytes: Uint8Array): Promise<void> {
  for (const { entry, offset } of needs.destinations.get(row) ?? []) {
    job.signal?.throwIfAborted();
    await job.staging.write(entry, offset, bytes);
  }
}

interface Fetching {
  readonly job: StagingJob;
  readonly needs: ChunkNeeds;
  readonly writers: SpanWriters;
  /** Whether chunks of a file of several spans are hashed with the file alone. */
  readonly hashesLater: boolean;
}

/** Fetch the chunks of one request; while some are written, the next arrive. */
async function fetchChunks(
  fetching: Fetching,
  { pack, range }: ChunkRequest,
  signal: AbortSignal,
): Promise<void> {
  const { job, needs, writers } = fetching;
  const path = packPath(job.next.packs[pack]?.sha256 ?? '');
  const collector = new SpanCollector({
    ...range,
    rawBytes: ({ row }) => job.next.chunks.sizeBytes[row] as number,
    beginsFile: ({ row }) => needs.destinations.get(row)?.[0]?.offset === 0,
    rooms: writers.rooms,
    now: job.fetcher.now,
  });
  const wrong: ChunkRange[] = [];
  const unfinished = new Set<Promise<void>>();
  const write = async (spans: Iterable<ChunkSpan>) => {
    for (const span of spans) {
      while (writers.turn.isOver) await writers.turn.next();
      const writing = writeSpan(fetching, span).then((parts) => {
        wrong.push(...parts);
        unfinished.delete(writing);
      });
      // Whoever awaits it hears of it.
      writing.catch(() => {});
      unfinished.add(writing);
      // Of each of many streams spans that wait and one that arrives would be all the memory there is.
      while (writers.isFull && unfinished.size > 0) await Promise.race(unfinished);
    }
  };
  try {
    for await (const { length } of job.fetcher.fetchInto({ path, ...range }, () => collector.room, signal)) {
      job.meter.downloaded(length);
      await write(collector.took(length));
    }
  } finally {
    // Also of a request that breaks off: what has arrived is not fetched again.
    await write(collector.rest());
    await Promise.all(unfinished);
  }
  for (const part of wrong)
    await placeChunk(job, needs, part.row, await refetchChunk(job, path, part, signal));
}

/** @returns Chunks that came wrong. */
async function writeSpan(fetching: Fetching, span: ChunkSpan): Promise<ChunkRange[]> {
  const { job, needs, writers, hashesLater } = fetching;
  const { next, staging } = job;
  const pathOf = (entry: number) => staging.pathOf(entry);
  const task = toSpanTask(span, { next, needs, staged: staging.staged, hashesLater, pathOf });
  if (countWrittenBytes(task) > SPAN_WRITTEN_BYTES_MAX) return placeSpan(fetching, span);
  const { wrong, files } = await writers.write(task);
  // Not if that fails: what is wrong with a thread may be that it still reads it.
  writers.rooms.giveBack(span.packed.buffer);
  while (writers.turn.isOver) await writers.turn.next();
  await noteWritten(job, task, { wrong, files });
  return wrong.map((frame) => span.parts[frame] as ChunkRange);
}

/** @throws {AppError} The first failure, when all else is noted. */
async function noteWritten(
  { staging }: StagingJob,
  task: SpanTask,
  { wrong, files }: SpanOutcome,
): Promise<void> {
  const complete = new Map<number, StagedFile>();
  let failure: ErrorData | undefined;
  for (const [index, made] of files.entries()) {
    if (made.kind === 'failed') failure ??= made.error;
    else if (made.kind === 'complete') complete.set((task.files[index] as SpanFile).entry, made.file);
  }
  staging.takeComplete(complete);
  for (const [index, { entry, pieces }] of task.files.entries()) {
    if (files[index]?.kind !== 'written') continue;
    for (const [offset, sizeBytes] of rightRanges(task, pieces, wrong).ranges())
      await staging.take(entry, offset, sizeBytes);
  }
  if (failure !== undefined) throw new AppError(failure);
}

function rightRanges(
  { frames }: SpanTask,
  pieces: readonly SpanPiece[],
  wrong: readonly number[],
): ByteIntervals {
  const right = new ByteIntervals();
  for (const { frame, offset } of pieces) {
    if (!wrong.includes(frame)) right.add(offset, frames.sizeBytes[frame] as number);
  }
  return right;
}

/** @returns Chunks that came wrong. */
async function placeSpan({ job, needs }: Fetching, span: ChunkSpan): Promise<ChunkRange[]> {
  const wrong: ChunkRange[] = [];
  for (const part of span.parts) {
    const at = part.offset - span.offset;
    const chunk = decodeOrUndefined(job, part.row, span.packed.subarray(at, at + part.sizeBytes));
    if (chunk === undefined) wrong.push(part);
    else await placeChunk(job, needs, part.row, chunk);
  }
  return wrong;
}

async function refetchChunk(
  job: StagingJob,
  path: string,
  part: ChunkRange,
  signal: AbortSignal,
): Promise<Uint8Array> {
  for (let attempt = 0; attempt < CHUNK_REFETCHES; attempt++) {
    const frame = await fetchWhole(job, { path, offset: part.offset, sizeBytes: part.sizeBytes }, signal);
    const chunk = decodeOrUndefined(job, part.row, frame);
    if (chunk !== undefined) return chunk;
  }
  throw downloadErrors.error('DOWNLOAD_CORRUPT', { path });
}

function decodeOrUndefined(job: StagingJob, row: number, frame: Uint8Array): Uint8Array | undefined {
  const { chunks } = job.next;
  try {
    return decodeChunk(frame, {
      sizeBytes: chunks.sizeBytes[row] as number,
      sha256: sha256BytesAt(chunks.sha256, row),
    });
  } catch (error) {
    if (error instanceof AppError && error.family === 'integrity') return undefined;
    throw error;
  }
}
