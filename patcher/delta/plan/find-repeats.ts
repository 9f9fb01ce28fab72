import type { FileEntry } from '../../formats/manifest.ts';
import { EXECUTABLE_BYTES_MIN, isExecutable, MAGIC_BYTES } from '../match/executable-pairs.ts';
import { TreeFiles } from '../tree-files.ts';
import { chunkKeyOf } from './chunk-keys.ts';
import { chunksOf, layNewSpace, listFiles, type MadeStretch, type PatchTree } from './new-space.ts';
import { findLastAtMost } from './old-space.ts';
import { type MadeRun, type ReadMade, REPEAT_BYTES_MIN, RepeatSearch } from './repeat-search.ts';
import type { Repeat } from './repeats.ts';

export interface RepeatSources {
  readonly oldTree: PatchTree;
  readonly newTree: PatchTree;
  /** Has at least the files that are made. */
  readonly newRoot: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Find what repeats among the bytes of chunks that no old file has that changed or is gone, whatever the distance: segments
 * do not see each other's bytes, nor as a rule those of files that stay as they are. The same trees give the same repeats everywhere. Memory: 12 MiB and the names of the chunks.
 * @returns Sorted by `start`.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH`; the signal's reason if it fires.
 */
export async function findRepeats({ oldTree, newTree, newRoot, signal }: RepeatSources): Promise<Repeat[]> {
  const { made } = layNewSpace(listFiles(oldTree), newTree);
  using files = new TreeFiles(newRoot);
  const runs = listAppeared(chooseStretches(made, files), oldTree, newTree);
  const sizeBytes = runs.reduce((sum, { start, end }) => sum + end - start, 0);
  if (sizeBytes < 2 * REPEAT_BYTES_MIN) return [];
  const search = new RepeatSearch(sizeBytes, readerOf(made, files));
  for (const run of runs) {
    for (let at = run.start; at < run.end; ) {
      signal?.throwIfAborted();
      at = search.scan(at, run);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return search.repeats;
}

/**
 * Stretches worth looking at: not those of executables, whose code resembles the old one rather than itself, and is
 * predicted as a whole.
 */
function chooseStretches(made: readonly MadeStretch[], files: TreeFiles): MadeStretch[] {
  const executables = new Map<FileEntry, boolean>();
  return made.filter(({ file, length }) => {
    if (length < REPEAT_BYTES_MIN) return false;
    const known = executables.get(file) ?? looksExecutable(file, files);
    executables.set(file, known);
    return !known;
  });
}

function looksExecutable({ path, sizeBytes }: FileEntry, files: TreeFiles): boolean {
  if (sizeBytes < EXECUTABLE_BYTES_MIN) return false;
  const head = Buffer.alloc(MAGIC_BYTES);
  files.readInto(path, 0, head);
  return isExecutable(head);
}

/** Made bytes of chunks that the old files have not which are not kept; where stretches meet, as one. */
function listAppeared(made: readonly MadeStretch[], oldTree: PatchTree, newTree: PatchTree): MadeRun[] {
  const newKey = chunkKeyOf(newTree);
  const oldKey = chunkKeyOf(oldTree);
  const appeared = new Map<string, number>();
  for (const stretch of made) {
    for (const { chunk } of chunksOf(stretch, newTree)) appeared.set(newKey(chunk), chunk);
  }
  if (appeared.size === 0) return [];
  const kept = new Map(listFiles(newTree).map(({ path, sha256 }) => [path, sha256]));
  for (const { path, sha256, chunks } of listFiles(oldTree)) {
    if (kept.get(path) === sha256) continue;
    for (const chunk of chunks) appeared.delete(oldKey(chunk));
  }
  const chunks = new Set(appeared.values());
  const runs: { start: number; end: number }[] = [];
  for (const stretch of made) {
    for (const { chunk, start, length } of chunksOf(stretch, newTree)) {
      if (!chunks.has(chunk)) continue;
      const last = runs.at(-1);
      if (last?.end === start) last.end += length;
      else runs.push({ start, end: start + length });
    }
  }
  return runs;
}

function readerOf(made: readonly MadeStretch[], files: TreeFiles): ReadMade {
  const starts = Float64Array.from(made, ({ offset }) => offset);
  return (position, into) => {
    let done = 0;
    for (let row = findLastAtMost(starts, position); done < into.length; row++) {
      const { file, fileOffset, offset, length } = made[row] as MadeStretch;
      const skipped = position + done - offset;
      const count = Math.min(into.length - done, length - skipped);
      files.readInto(file.path, fileOffset + skipped, into.subarray(done, done + count));
      done += count;
    }
  };
}
