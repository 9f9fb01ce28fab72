import type { CoalesceOptions } from '../../download/coalesce-ranges.ts';
import type { ObjectFetcher } from '../../download/object-fetcher.ts';
import { runParallel } from '../../download/parallel-streams.ts';
import type { Manifest } from '../../formats/manifest.ts';
import type { ChunkSource } from '../../plan/chunk-seeds.ts';
import type { InstalledTree } from '../../plan/installed-tree.ts';
import type { OldFiles } from './old-files.ts';
import type { ProgressMeter } from '../install-progress.ts';
import type { SafeTree } from '../disk/safe-tree.ts';
import type { WriterThreads } from './writing/writer-threads.ts';
import type { StagingArea } from './staging-area.ts';

/** What the steps that fill staging share. */
export interface StagingJob {
  readonly next: Manifest;
  readonly installed: InstalledTree | null;
  readonly tree: SafeTree;
  readonly staging: StagingArea;
  /** Folder for what a chain of patches makes on its way. */
  readonly between: string;
  /** How ranges of packs are joined, where not as usual. */
  readonly coalescing?: CoalesceOptions | undefined;
  readonly oldFiles: OldFiles;
  /** Where chunks are looked for on disk, when not in the old build alone. */
  readonly seeds?: ChunkSource | undefined;
  /** Reads files of the new build that are in place already. */
  readonly placedFiles?: OldFiles | undefined;
  readonly threads: WriterThreads;
  readonly fetcher: ObjectFetcher;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal | undefined;
}

/** Run downloads in parallel, as many as the network is worth right now. */
export async function runStreams<Item>(
  job: StagingJob,
  items: Iterable<Item>,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { width } = job.fetcher;
  await runParallel(items, { width: () => width.current, signal: job.signal }, work);
}

/** Bytes of one range, in memory, once more; for single chunks and segments that came wrong. */
export async function fetchWhole(
  job: StagingJob,
  range: { readonly path: string; readonly offset: number; readonly sizeBytes: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const bytes of job.fetcher.fetchRangeAgain(range.path, range.offset, range.sizeBytes, signal)) {
    job.meter.downloaded(bytes.length);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
