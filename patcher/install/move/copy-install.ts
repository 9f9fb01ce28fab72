import { chmod, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from '../disk/remove-tree.ts';
import { runParallel } from '../../download/parallel-streams.ts';
import type { Manifest } from '../../formats/manifest.ts';
import { BLOCK_BYTES, STATE_BYTES, toBlocks } from '../../plan/disk-blocks.ts';
import { flushFolder } from '../disk/durable-files.ts';
import { assertFreeSpace, measureFreeBytes } from '../disk/free-space.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import type { BuildIdentity } from '../state/journal-format.ts';
import type { Journal } from '../state/journal.ts';
import { readKeptBuild } from '../commit/kept-build.ts';
import { HAS_MODES } from '../verify/look-at-tree.ts';
import type { ProgressMeter } from '../install-progress.ts';
import { lstatOrUndefined } from '../disk/safe-tree.ts';
import { OWNER_ALL } from '../staging/staged-folders.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { unlinkStubbornly } from '../disk/stubborn-files.ts';
import { type Copied, isSameList, noteBeginning, openNotes, readCopied } from './copied-files.ts';
import { copyFile } from './copy-file.ts';
import { type MoveEntry, type MoveFile, type MoveList, keyOf, listInstall } from './move-list.ts';
import { resolveReal } from './real-folders.ts';

/** Files copied at once: enough that a disk is never idle between two. */
const COPIES_AT_ONCE = 4;
/** Times files may have changed while they were copied. */
const ROUNDS = 4;

export interface CopyInstallInput {
  /** The install, its lock held. */
  readonly from: StateFolder;
  /** The state folder of the place it goes to, its lock held too. */
  readonly to: StateFolder;
  readonly build: BuildIdentity;
  readonly manifest: Manifest;
  readonly isPreserved: (treePath: string) => boolean;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal | undefined;
}

/**
 * Copy an install, the player's own files included, into `to.moving`, flushed and hashed, until a look finds
 * nothing that changed meanwhile. A stopped call goes on where it stopped.
 * @returns What was copied, and files of the build that did not have their hash: they are copied as they are.
 * @throws {AppError} `INSTALL_DISK_FULL` before anything is copied, `INSTALL_TREE_CHANGING`; the signal's reason.
 */
export async function copyInstall(input: CopyInstallInput): Promise<{ list: MoveList; damaged: string[] }> {
  const { from, to, build, signal } = input;
  let copied = await readCopied(to);
  let withKept = (await readKeptBuild(from)) !== undefined;
  let list = await listInstall(from, build, { withKept, signal });
  const damaged = new Set<string>();
  if (withKept && !(await hasSpace(input, list, copied))) {
    // The way back is worth its space only where there is some.
    withKept = false;
    list = await listInstall(from, build, { withKept, signal });
  }
  await assertSpace(input, list, copied);
  for (let round = 0; round < ROUNDS; round++) {
    for (const file of await copyOnce(input, list, copied)) damaged.add(file);
    copied = await readCopied(to);
    const seen = await listInstall(from, build, { withKept, signal });
    if (isSameList(seen, list)) return { list, damaged: [...damaged].sort() };
    list = seen;
  }
  throw installErrors.error('INSTALL_TREE_CHANGING', { path: changedPath(list, copied) });
}

/** Where entries of an area lie in the install, and where their copies. */
export function sourceBase(state: StateFolder, { area }: Pick<MoveEntry, 'area'>): string {
  return area === 'tree' ? state.root : state[area];
}

function copyBase(state: StateFolder, { area }: Pick<MoveEntry, 'area'>): string {
  return area === 'tree' ? state.moving : state[area];
}

/** The part of an earlier copy that still holds: the source is what it was, and so is the copy. */
function reusable(
  input: CopyInstallInput,
  file: MoveFile,
  copied: ReadonlyMap<string, Copied>,
): Copied | undefined {
  const known = copied.get(keyOf(file));
  if (known?.file.sizeBytes !== file.sizeBytes || known.file.modifiedMs !== file.modifiedMs) return undefined;
  const there = lstatOrUndefined(path.join(copyBase(input.to, file), file.path));
  if (there?.isFile() !== true || there.size < known.haveBytes) return undefined;
  if (known.complete) return there.size === file.sizeBytes ? known : undefined;
  // What was begun is hashed whole in the end, which only says something where the hash is known.
  return expectedSha256(input, file) === undefined ? undefined : known;
}

function expectedSha256({ manifest, isPreserved }: CopyInstallInput, file: MoveFile): string | undefined {
  if (file.area !== 'tree' || isPreserved(file.path)) return undefined;
  const entry = entriesByPath(manifest).get(file.path);
  return entry?.kind === 'file' && entry.sizeBytes === file.sizeBytes ? entry.sha256 : undefined;
}

const pathsOf = new WeakMap<Manifest, Map<string, Manifest['entries'][number]>>();

function entriesByPath(manifest: Manifest): Map<string, Manifest['entries'][number]> {
  const known = pathsOf.get(manifest);
  if (known !== undefined) return known;
  const made = new Map(manifest.entries.map((entry) => [entry.path, entry] as const));
  pathsOf.set(manifest, made);
  return made;
}

async function assertSpace(
  input: CopyInstallInput,
  list: MoveList,
  copied: ReadonlyMap<string, Copied>,
): Promise<void> {
  const totalBytes = list.entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0),
    0,
  );
  input.meter.setTotals({ downloadBytes: 0, writeBytes: totalBytes, savedBytes: 0 });
  await assertFreeSpace(input.to.folder, countNeeded(input, list, copied));
}

async function hasSpace(
  input: CopyInstallInput,
  list: MoveList,
  copied: ReadonlyMap<string, Copied>,
): Promise<boolean> {
  return countNeeded(input, list, copied) <= (await measureFreeBytes(input.to.folder));
}

/** Space that copying takes beyond what an earlier call has copied. */
function countNeeded(input: CopyInstallInput, list: MoveList, copied: ReadonlyMap<string, Copied>): number {
  let neededBytes = STATE_BYTES + toBlocks(JSON.stringify(list).length);
  for (const entry of list.entries) {
    if (entry.kind !== 'file') neededBytes += BLOCK_BYTES;
    else {
      const haveBytes = reusable(input, entry, copied)?.haveBytes ?? 0;
      neededBytes += toBlocks(entry.sizeBytes) - Math.min(toBlocks(entry.sizeBytes), toBlocks(haveBytes));
    }
  }
  return neededBytes;
}

/** @returns Files of the build that do not have their hash. */
async function copyOnce(
  input: CopyInstallInput,
  list: MoveList,
  copied: ReadonlyMap<string, Copied>,
): Promise<string[]> {
  const { to, from, signal } = input;
  const carried = new Map(
    list.entries.flatMap((entry, index) => {
      const known = entry.kind === 'file' ? reusable(input, entry, copied) : undefined;
      return known === undefined ? [] : [[index, known] as const];
    }),
  );
  const journal = await openNotes(input, list, carried);
  try {
    await removeUnlisted(to, list);
    await makeFoldersAndLinks(to, list);
    const damaged: string[] = [];
    const todo = list.entries.flatMap((entry, index) =>
      entry.kind === 'file' && carried.get(index)?.complete !== true ? [{ entry, index }] : [],
    );
    await runParallel(todo, { width: () => COPIES_AT_ONCE, signal }, async ({ entry, index }, abort) => {
      const haveBytes = carried.get(index)?.haveBytes ?? 0;
      const paths = {
        from: resolveReal(sourceBase(from, entry), entry.path),
        to: resolveReal(copyBase(to, entry), entry.path),
      };
      if (await copyOne(input, { entry, index, haveBytes, journal, signal: abort, ...paths })) return;
      damaged.push(entry.path);
    });
    await flushCopies(to, list);
    return damaged;
  } finally {
    await journal.close();
  }
}

interface OneCopy {
  readonly entry: MoveFile;
  readonly index: number;
  readonly from: string;
  readonly to: string;
  readonly haveBytes: number;
  readonly journal: Journal;
  readonly signal: AbortSignal;
}

/** @returns False when a file of the build does not have its hash, whatever is done. */
async function copyOne(input: CopyInstallInput, copy: OneCopy): Promise<boolean> {
  const { entry, index, journal } = copy;
  const expected = expectedSha256(input, entry);
  const attempt = (haveBytes: number) =>
    copyFile({
      from: copy.from,
      to: copy.to,
      file: entry,
      haveBytes,
      signal: copy.signal,
      onBytes: (bytes) => input.meter.written(bytes),
      onNote: (bytes) => noteBeginning(journal, index, bytes),
    });
  let sha256 = await copyOrNothing(attempt, copy.haveBytes);
  // What a stopped copy had written may be what is wrong: once more from the first byte.
  if (expected !== undefined && sha256 !== undefined && sha256 !== expected && copy.haveBytes > 0) {
    journal.dropped(index);
    sha256 = await copyOrNothing(attempt, 0);
  }
  // It changed or went away meanwhile: the next look lists it as it is then.
  if (sha256 === undefined) return true;
  journal.staged(index, { sizeBytes: entry.sizeBytes, modifiedMs: entry.modifiedMs });
  return expected === undefined || sha256 === expected;
}

async function copyOrNothing(
  attempt: (haveBytes: number) => Promise<string | undefined>,
  haveBytes: number,
): Promise<string | undefined> {
  try {
    return await attempt(haveBytes);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ELOOP')) return undefined;
    throw error;
  }
}

/** Remove copies of what is no longer there, and those that are in the way of another kind. */
async function removeUnlisted(to: StateFolder, list: MoveList): Promise<void> {
  const kinds = new Map(list.entries.map((entry) => [keyOf(entry), entry.kind] as const));
  const walk = async (areaName: MoveEntry['area'], base: string, folder: string): Promise<void> => {
    for (const item of await readdir(path.join(base, folder), { withFileTypes: true })) {
      const at = folder === '' ? item.name : `${folder}/${item.name}`;
      const kind = item.isDirectory() ? 'directory' : item.isSymbolicLink() ? 'link' : 'file';
      if (kinds.get(keyOf({ area: areaName, path: at })) !== kind) {
        await removeTree(path.join(base, at));
      } else if (kind === 'directory') await walk(areaName, base, at);
    }
  };
  await mkdir(to.moving, { recursive: true, mode: 0o700 });
  await walk('tree', to.moving, '');
  await walk('staging', to.staging, '');
  if (!hasKept(list)) return removeTree(to.kept);
  await mkdir(to.kept, { recursive: true, mode: 0o700 });
  await walk('kept', to.kept, '');
}

function hasKept({ entries }: MoveList): boolean {
  return entries.some(({ area }) => area === 'kept');
}

async function makeFoldersAndLinks(to: StateFolder, list: MoveList): Promise<void> {
  for (const entry of list.entries) {
    if (entry.kind === 'file') continue;
    const at = resolveReal(copyBase(to, entry), entry.path);
    // Open to its owner until everything is in place; its other bits are flushed with its names.
    if (entry.kind === 'directory') {
      await mkdir(at, { recursive: true, mode: OWNER_ALL });
      if (HAS_MODES && entry.area === 'tree') await chmod(at, entry.mode | OWNER_ALL);
    } else if (lstatOrUndefined(at) === undefined) await symlink(entry.target, at);
    else if ((await readlink(at)) !== entry.target) {
      await unlinkStubbornly(at);
      await symlink(entry.target, at);
    }
  }
}

async function flushCopies(to: StateFolder, list: MoveList): Promise<void> {
  for (const entry of list.entries) {
    if (entry.kind === 'directory') await flushFolder(path.join(copyBase(to, entry), entry.path));
  }
  await flushFolder(to.moving);
  await flushFolder(to.staging);
  if (hasKept(list)) await flushFolder(to.kept);
  await flushFolder(to.folder);
}

/** A file that is not the one that was copied, to name one. */
function changedPath(list: MoveList, copied: ReadonlyMap<string, Copied>): string {
  const changed = list.entries.find((entry) => {
    if (entry.kind !== 'file') return false;
    const known = copied.get(keyOf(entry));
    return known?.complete !== true || known.file.modifiedMs !== entry.modifiedMs;
  });
  return changed?.path ?? list.from;
}
