import type { Stats } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { FileEntry, Manifest, TreeEntry } from '../formats/manifest.ts';
import { sha256BytesAt } from '../formats/sha256.ts';
import { ByteIntervals } from '../plan/byte-intervals.ts';
import { type EntryState, forEachChunk, type InstalledTree, modeOf } from '../plan/installed-tree.ts';
import { runTasks } from '../threads/run-tasks.ts';
import type { FilePiece, WrongRange } from './hash-pieces.ts';
import { HAS_MODES, lookIfSafe } from './look-at-tree.ts';
import type { SafeTree } from './safe-tree.ts';
import { STATE_FOLDER } from './state-folder.ts';

/** One thing that is not as the manifest says. */
export type Damage =
  /** Wrong or missing bytes, in whole chunks. */
  | { readonly kind: 'range'; readonly path: string; readonly offset: number; readonly sizeBytes: number }
  /** Bytes beyond the file's end. */
  | {
      readonly kind: 'too-long';
      readonly path: string;
      readonly sizeBytes: number;
      readonly actualBytes: number;
    }
  /** Not there, or something else is. */
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'mode'; readonly path: string; readonly mode: number; readonly actual: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string; readonly actual: string };

export interface VerifyReport {
  readonly files: number;
  readonly bytes: number;
  /** In the order of the manifest; `[]` for a sound install. */
  readonly damage: readonly Damage[];
  /** Files and folders the build does not know, at most {@link UNKNOWN_MAX}; they are the player's and no damage. */
  readonly unknown: readonly string[];
}

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly threads?: number | undefined;
  /** Files the player owns once they exist: their content is no damage. */
  readonly isPreserved: (treePath: string) => boolean;
}

/** Unknown names that are reported; past it the list tells nobody more. */
export const UNKNOWN_MAX = 1000;
/** Bytes of one task: large files spread over threads, small ones travel together. */
const TASK_BYTES = 32 * 2 ** 20;
/** Files of one task. */
const TASK_FILES = 256;

/**
 * Hash every file of a build on all cores and compare kinds, modes and links.
 * @returns The report, and the tree as a repair needs it.
 */
export async function verifyTree(
  tree: SafeTree,
  manifest: Manifest,
  options: VerifyOptions,
): Promise<{ report: VerifyReport; installed: InstalledTree }> {
  const looks = await Promise.all(manifest.entries.map((entry) => lookAt(tree, entry)));
  const damage = new Map<number, ByteIntervals>();
  const wrong = await hashFiles(tree, manifest, looks, options);
  for (const { entry, offset, sizeBytes } of wrong) {
    const intervals = damage.get(entry) ?? new ByteIntervals();
    intervals.add(offset, sizeBytes);
    damage.set(entry, intervals);
  }
  const states = looks.map((look, index) =>
    stateOf(look, manifest.entries[index] as TreeEntry, damage.has(index)),
  );
  const modes = Uint16Array.from(looks, (look, index) =>
    HAS_MODES && look.stats !== undefined
      ? look.stats.mode & 0o777
      : modeOf(manifest.entries[index] as TreeEntry),
  );
  const files = manifest.entries.filter((entry): entry is FileEntry => entry.kind === 'file');
  const report = {
    files: files.length,
    bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    damage: manifest.entries.flatMap((entry, index) =>
      describe(entry, looks[index] as Look, damage.get(index), options),
    ),
    unknown: await findUnknown(tree, manifest),
  };
  return { report, installed: { manifest, states, modes, damage } };
}

interface Look {
  readonly stats: Stats | undefined;
  readonly target?: string;
}

async function lookAt(tree: SafeTree, entry: TreeEntry): Promise<Look> {
  const stats = lookIfSafe(tree, entry.path);
  if (stats?.isSymbolicLink() !== true) return { stats };
  return { stats, target: await readlink(tree.resolve(entry.path)) };
}

function isRightKind(entry: TreeEntry, stats: Stats | undefined): stats is Stats {
  if (stats === undefined) return false;
  if (entry.kind === 'file') return stats.isFile();
  return entry.kind === 'link' ? stats.isSymbolicLink() : stats.isDirectory();
}

function stateOf(look: Look, entry: TreeEntry, damaged: boolean): EntryState {
  if (!isRightKind(entry, look.stats)) return 'absent';
  if (entry.kind === 'link') return look.target === entry.target ? 'present' : 'absent';
  if (entry.kind === 'file' && (damaged || look.stats.size !== entry.sizeBytes)) return 'damaged';
  return 'present';
}

function describe(
  entry: TreeEntry,
  { stats, target }: Look,
  wrong: ByteIntervals | undefined,
  { isPreserved }: VerifyOptions,
): Damage[] {
  const { path } = entry;
  if (!isRightKind(entry, stats)) return [{ kind: 'missing', path }];
  if (entry.kind === 'link') {
    return target === entry.target
      ? []
      : [{ kind: 'link', path, target: entry.target, actual: target ?? '' }];
  }
  const found: Damage[] = [];
  if (entry.kind === 'file' && isPreserved(path)) return found;
  for (const [offset, sizeBytes] of wrong?.ranges() ?? [])
    found.push({ kind: 'range', path, offset, sizeBytes });
  if (entry.kind === 'file' && stats.size > entry.sizeBytes) {
    found.push({ kind: 'too-long', path, sizeBytes: entry.sizeBytes, actualBytes: stats.size });
  }
  const actual = stats.mode & 0o777;
  if (HAS_MODES && actual !== entry.mode) found.push({ kind: 'mode', path, mode: entry.mode, actual });
  return found;
}

interface PlacedPiece extends FilePiece {
  readonly entry: number;
}

async function hashFiles(
  tree: SafeTree,
  manifest: Manifest,
  looks: readonly Look[],
  { signal, onBytes, threads = availableParallelism() }: VerifyOptions,
): Promise<{ entry: number; offset: number; sizeBytes: number }[]> {
  const tasks = [...collectTasks(tree, manifest, looks)];
  const wrong: { entry: number; offset: number; sizeBytes: number }[] = [];
  await runTasks<readonly PlacedPiece[], WrongRange[]>({
    script: new URL('hash-worker.ts', import.meta.url),
    data: {},
    taskCount: tasks.length,
    toTask: (row) => tasks[row] ?? [],
    threads,
    signal,
    onBytes: onBytes ?? (() => {}),
    onResult: (ranges, row) => {
      for (const { piece, offset, sizeBytes } of ranges) {
        wrong.push({ entry: tasks[row]?.[piece]?.entry ?? -1, offset, sizeBytes });
      }
    },
  });
  return wrong;
}

function* collectTasks(tree: SafeTree, manifest: Manifest, looks: readonly Look[]): Generator<PlacedPiece[]> {
  let task: PlacedPiece[] = [];
  let taskBytes = 0;
  for (const [entry, file] of manifest.entries.entries()) {
    if (file.kind !== 'file' || looks[entry]?.stats?.isFile() !== true) continue;
    for (const piece of cutFile(manifest, file, { entry, absolute: tree.resolve(file.path) })) {
      const pieceBytes = piece.chunkBytes.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
      if (task.length > 0 && (taskBytes + pieceBytes > TASK_BYTES || task.length >= TASK_FILES)) {
        yield task;
        task = [];
        taskBytes = 0;
      }
      task.push(piece);
      taskBytes += pieceBytes;
    }
  }
  if (task.length > 0) yield task;
}

function* cutFile(
  manifest: Manifest,
  file: FileEntry,
  place: { readonly entry: number; readonly absolute: string },
): Generator<PlacedPiece> {
  let rows: number[] = [];
  let begin = 0;
  let bytes = 0;
  const cut = (): PlacedPiece => ({
    ...place,
    offset: begin,
    chunkBytes: Uint32Array.from(rows, (row) => manifest.chunks.sizeBytes[row] as number),
    sha256: Buffer.concat(rows.map((row) => sha256BytesAt(manifest.chunks.sha256, row))),
  });
  const chunks: [row: number, offset: number, sizeBytes: number][] = [];
  forEachChunk(manifest, file, (row, offset, sizeBytes) => chunks.push([row, offset, sizeBytes]));
  for (const [row, offset, sizeBytes] of chunks) {
    if (bytes > 0 && bytes + sizeBytes > TASK_BYTES) {
      yield cut();
      rows = [];
      begin = offset;
      bytes = 0;
    }
    rows.push(row);
    bytes += sizeBytes;
  }
  if (rows.length > 0) yield cut();
}

/** Walk the folder without following links. */
async function findUnknown(tree: SafeTree, manifest: Manifest): Promise<string[]> {
  const known = new Set(manifest.entries.map(({ path }) => path));
  const unknown: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const name of await readdir(`${tree.root}/${folder}`, { withFileTypes: true })) {
      const treePath = folder === '' ? name.name : `${folder}/${name.name}`;
      if (treePath === STATE_FOLDER || unknown.length >= UNKNOWN_MAX) continue;
      if (!known.has(treePath)) unknown.push(treePath);
      else if (name.isDirectory()) await walk(treePath);
    }
  };
  await walk('');
  return unknown.sort();
}
