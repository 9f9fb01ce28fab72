import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Manifest, TreeEntry } from '../../formats/manifest.ts';
import { ByteIntervals } from '../../plan/byte-intervals.ts';
import { type EntryState, type InstalledTree, modeOf } from '../../plan/installed-tree.ts';
import { inSlices, isPause, type Slices } from '../../threads/slices.ts';
import { runTasks } from '../../threads/run-tasks.ts';
import { hashPieces, type PieceResult, type PieceTask } from './hash-pieces.ts';
import { hasErrno } from '../install-errors.ts';
import { HAS_MODES } from './look-at-tree.ts';
import { PieceTasks } from './piece-tasks.ts';
import type { SafeTree } from '../disk/safe-tree.ts';
import { STATE_FOLDER } from '../state/state-folder.ts';
import { createLooks, isRightKind, LOOK_KINDS, type LookColumns } from './tree-looks.ts';

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

/**
 * Hash every file of a build on all cores and compare kinds, modes and links.
 * @returns The report, and the tree as a repair needs it.
 */
export async function verifyTree(
  tree: SafeTree,
  manifest: Manifest,
  options: VerifyOptions,
): Promise<{ report: VerifyReport; installed: InstalledTree }> {
  const [{ looks, damage }, unknown] = await Promise.all([
    lookAndHash(tree, manifest, options),
    findUnknown(tree, manifest),
  ]);
  return inSlices(toResult(manifest, { looks, damage, ...options }, unknown));
}

/** What was seen of a tree. */
interface Seen extends VerifyOptions {
  readonly looks: LookColumns;
  readonly damage: WrongBytes;
}

function* toResult(
  manifest: Manifest,
  seen: Seen,
  unknown: readonly string[],
): Slices<{ report: VerifyReport; installed: InstalledTree }> {
  const modes = Uint16Array.from(manifest.entries, modeOf);
  const states: EntryState[] = [];
  const damage: Damage[] = [];
  let files = 0;
  let bytes = 0;
  for (const [row, entry] of manifest.entries.entries()) {
    if (isPause(row)) yield;
    damage.push(...describe(entry, row, seen));
    states.push(stateOf(entry, row, seen));
    if (HAS_MODES && seen.looks.kinds[row] !== LOOK_KINDS.nothing)
      modes[row] = seen.looks.modes[row] as number;
    if (entry.kind !== 'file') continue;
    files++;
    bytes += entry.sizeBytes;
  }
  return {
    report: { files, bytes, damage, unknown },
    installed: { manifest, states, modes, damage: seen.damage },
  };
}

/** Entry → its wrong ranges. */
type WrongBytes = Map<number, ByteIntervals>;

async function lookAndHash(
  tree: SafeTree,
  manifest: Manifest,
  { signal, onBytes, threads = availableParallelism() }: VerifyOptions,
): Promise<{ looks: LookColumns; damage: WrongBytes }> {
  const tasks = new PieceTasks(tree.root, manifest);
  const looks = createLooks(manifest.entries.length);
  const damage: WrongBytes = new Map();
  await runTasks<PieceTask, PieceResult>({
    script: new URL('hash-worker.ts', import.meta.url),
    data: {},
    taskCount: tasks.count,
    toTask: (task) => tasks.make(task),
    threads,
    doHere: hashPieces,
    signal,
    onBytes: onBytes ?? (() => {}),
    onResult: (result, task) => {
      const first = tasks.firstEntry(task);
      looks.kinds.set(result.looks.kinds, first);
      looks.modes.set(result.looks.modes, first);
      looks.sizeBytes.set(result.looks.sizeBytes, first);
      for (const [row, target] of result.looks.targets) looks.targets.set(first + row, target);
      for (const { piece, offset, sizeBytes } of result.wrong) {
        const intervals = damage.get(first + piece) ?? new ByteIntervals();
        intervals.add(offset, sizeBytes);
        damage.set(first + piece, intervals);
      }
    },
  });
  return { looks, damage };
}

function stateOf(entry: TreeEntry, row: number, { looks, damage }: Seen): EntryState {
  if (!isRightKind(looks, row, entry)) return 'absent';
  if (entry.kind === 'link') return looks.targets.get(row) === entry.target ? 'present' : 'absent';
  if (entry.kind === 'directory') return 'present';
  return damage.has(row) || looks.sizeBytes[row] !== entry.sizeBytes ? 'damaged' : 'present';
}

function describe(entry: TreeEntry, row: number, { looks, damage, isPreserved }: Seen): Damage[] {
  const { path } = entry;
  if (!isRightKind(looks, row, entry)) return [{ kind: 'missing', path }];
  if (entry.kind === 'link') {
    const actual = looks.targets.get(row) ?? '';
    return actual === entry.target ? [] : [{ kind: 'link', path, target: entry.target, actual }];
  }
  const found: Damage[] = [];
  if (entry.kind === 'file') {
    if (isPreserved(path)) return found;
    for (const [offset, sizeBytes] of damage.get(row)?.ranges() ?? [])
      found.push({ kind: 'range', path, offset, sizeBytes });
    const actualBytes = looks.sizeBytes[row] as number;
    if (actualBytes > entry.sizeBytes)
      found.push({ kind: 'too-long', path, sizeBytes: entry.sizeBytes, actualBytes });
  }
  const actual = looks.modes[row] as number;
  if (HAS_MODES && actual !== entry.mode) found.push({ kind: 'mode', path, mode: entry.mode, actual });
  return found;
}

/** Walk the folder without following links. */
async function findUnknown(tree: SafeTree, manifest: Manifest): Promise<string[]> {
  const known = await inSlices(pathsOf(manifest));
  const unknown: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of await listFolder(`${tree.root}/${folder}`)) {
      const treePath = folder === '' ? name.name : `${folder}/${name.name}`;
      if (treePath === STATE_FOLDER || unknown.length >= UNKNOWN_MAX) continue;
      if (!known.has(treePath)) unknown.push(treePath);
      else if (name.isDirectory()) folders.push(treePath);
    }
  }
  return unknown.sort();
}

function* pathsOf({ entries }: Manifest): Slices<Set<string>> {
  const paths = new Set<string>();
  for (const [row, { path }] of entries.entries()) {
    if (isPause(row)) yield;
    paths.add(path);
  }
  return paths;
}

/** A folder that cannot be read has no files that could be named; what the build has in it is seen to be missing. */
async function listFolder(absolute: string): Promise<Dirent[]> {
  try {
    return await readdir(absolute, { withFileTypes: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}
