import type { ObjectFetcher } from '../download/object-fetcher.ts';
import { runParallel, type StreamWidth } from '../download/parallel-streams.ts';
import type { Manifest } from '../formats/manifest.ts';
import type { InstalledTree } from '../plan/installed-tree.ts';
import type { OldFiles } from './old-files.ts';
import type { ProgressMeter } from './progress.ts';
import type { SafeTree } from './safe-tree.ts';
import type { StagingArea } from './staging-area.ts';

/** What the steps that fill staging share. */
export interface StagingJob {
  readonly next: Manifest;
  readonly installed: InstalledTree | null;
  readonly tree: SafeTree;
  readonly staging: StagingArea;
  readonly oldFiles: OldFiles;
  readonly fetcher: ObjectFetcher;
  /** Path of a pack below the grant's base URL. */
  readonly packPath: (sha256: string) => string;
  readonly meter: ProgressMeter;
  readonly width: StreamWidth;
  readonly signal: AbortSignal | undefined;
}

/** Run downloads in parallel, narrowing when the server asks for it. */
export async function runStreams<Item>(
  job: StagingJob,
  items: Iterable<Item>,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { width, fetcher } = job;
  await runParallel(items, { width: () => width.current, signal: job.signal }, async (item, signal) => {
    const throttledBefore = fetcher.counters.throttled;
    await work(item, signal);
    width.finished(fetcher.counters.throttled > throttledBefore);
  });
}

/** Bytes of one range, in memory; for single chunks and segments. */
export async function fetchWhole(
  job: StagingJob,
  range: { readonly path: string; readonly offset: number; readonly sizeBytes: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const bytes of job.fetcher.fetchRange(range.path, range.offset, range.sizeBytes, signal)) {
    job.meter.downloaded(bytes.length);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
