import { type JobBegin, parseJournal } from '../../install/state/journal-format.ts';
import type { FileEntry } from '../../formats/manifest.ts';
import { ByteIntervals } from '../../plan/byte-intervals.ts';
import { forEachChunk } from '../../plan/installed-tree.ts';
import type { PublishedBuild } from './published-game.ts';

/** A range of an object that was asked for; `end` is exclusive. */
export interface FetchedRange {
  readonly path: string;
  readonly first: number;
  readonly end: number;
}

/** What a stopped job had written and checked, by new entry. */
export interface CheckedBytes {
  readonly staged: ReadonlyMap<number, ByteIntervals | 'complete'>;
  readonly sizeBytes: number;
}

/** Whether bytes of a new file lie in staging as they should, by the job its journal is of. */
export type IsStagedRight = (entry: number, offset: number, sizeBytes: number, begin: JobBegin) => boolean;

/**
 * @param isRight A file of several pieces is hashed when it is full: what of it came wrong before that is in the journal, and was
 *   not checked. All is right unless told.
 * @returns undefined when the journal is of no job for this build.
 */
export function readChecked(
  journal: Uint8Array | undefined,
  build: PublishedBuild,
  isRight: IsStagedRight = () => true,
): CheckedBytes | undefined {
  const content = journal === undefined ? undefined : parseJournal(journal);
  if (content === undefined) return undefined;
  if (content.begin.build?.manifestSha256 !== build.reference.manifest.sha256) return undefined;
  const staged = new Map<number, ByteIntervals | 'complete'>();
  let sizeBytes = 0;
  for (const [entry, have] of content.staged) {
    const file = build.manifest.entries[entry];
    if (file?.kind !== 'file') continue;
    if (have === 'complete') {
      staged.set(entry, have);
      sizeBytes += file.sizeBytes;
      continue;
    }
    const right = new ByteIntervals();
    forEachChunk(build.manifest, file, (_, offset, length) => {
      if (have.covers(offset, length) && isRight(entry, offset, length, content.begin))
        right.add(offset, length);
    });
    staged.set(entry, right);
    sizeBytes += right.totalBytes;
  }
  return { staged, sizeBytes };
}

/**
 * Packed bytes that were fetched although all that is made of them was written and checked already. What lies
 * between two needed ranges of one request is fetched on purpose and not counted while it is a tenth of it or less.
 */
export function countRefetched(
  { staged }: CheckedBytes,
  seen: {
    readonly next: PublishedBuild;
    readonly installed: PublishedBuild | undefined;
    readonly requests: readonly FetchedRange[];
  },
): number {
  const { entries, chunks, packs } = seen.next.manifest;
  const old = new Map(seen.installed?.manifest.entries.map((entry) => [entry.path, entry]));
  const open = new Uint8Array(chunks.count);
  const used = new Uint8Array(chunks.count);
  entries.forEach((entry, index) => {
    const before = old.get(entry.path);
    if (entry.kind !== 'file' || (before?.kind === 'file' && before.sha256 === entry.sha256)) return;
    noteChunks(seen.next, entry, staged.get(index), { open, used });
  });
  let again = 0;
  let needed = 0;
  for (const { path, first, end } of seen.requests) {
    for (let row = 0; row < chunks.count; row++) {
      const offset = chunks.offset[row] as number;
      const packedBytes = chunks.packedBytes[row] as number;
      if (path !== `packs/${packs[chunks.pack[row] as number]?.sha256}`) continue;
      if (offset < first || offset + packedBytes > end || used[row] === 0) continue;
      if (open[row] === 1) needed += packedBytes;
      else again += packedBytes;
    }
  }
  return Math.max(0, again - needed / 10);
}

function noteChunks(
  { manifest }: PublishedBuild,
  entry: FileEntry,
  have: ByteIntervals | 'complete' | undefined,
  { open, used }: { readonly open: Uint8Array; readonly used: Uint8Array },
): void {
  forEachChunk(manifest, entry, (row, offset, sizeBytes) => {
    used[row] = 1;
    const covered = have === 'complete' || have?.covers(offset, sizeBytes) === true;
    if (!covered) open[row] = 1;
  });
}
