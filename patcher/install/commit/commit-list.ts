import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { DirectoryEntry, FileEntry, Manifest } from '../../formats/manifest.ts';
import type { InstalledTree } from '../../plan/installed-tree.ts';
import type { Plan } from '../../plan/plan.ts';
import { FreeNames } from './free-names.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import { type BuildIdentity, buildIdentitySchema } from '../state/journal-format.ts';
import { foldersAbove, type SafeTree } from '../disk/safe-tree.ts';
import { OWNER_ALL, type StagedFolders } from '../staging/staged-folders.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { lookIfSafe } from '../verify/look-at-tree.ts';
import { isPause, type Slices } from '../../threads/slices.ts';

const treePath = z.string().min(1).max(400);
const mode = z.int().min(0).max(0o777);
const slot = z.string().regex(/^\d{1,10}$/);
const moveSchema = z.object({ path: treePath, slot });
const modeSchema = z.object({ path: treePath, mode, oldMode: mode.nullable() });

/**
 * Every step of a commit, written down before the first is taken, so that after a crash the same steps lead on.
 * Each may be taken again when it already was.
 */
const commitListSchema = z.object({
  format: z.literal(1),
  build: buildIdentitySchema,
  /** The build that makes way; null for a first install. */
  replaces: buildIdentitySchema.nullable().default(null),
  /** Old files and links that are removed or replaced: moved to the aside folder. */
  aside: z.array(moveSchema),
  /**
   * What is the player's and lies where the build needs something of another kind: renamed, folders with everything in
   * them, beside it.
   */
  rescue: z.array(z.object({ path: treePath, to: treePath })).default([]),
  /** Old folders the build no longer has, deepest first; those that hold files of the player stay. */
  removeFolders: z.array(z.object({ path: treePath, mode })),
  /** New folders, shallow first. */
  makeFolders: z.array(z.object({ path: treePath, mode })),
  /** Staged folders that are nowhere yet, moved into place with all that is in them. */
  placeFolders: z.array(moveSchema).default([]),
  /** Staged files and links, moved into place. */
  place: z.array(moveSchema),
  /** Permission bits of files whose bytes stay. */
  modes: z.array(modeSchema),
  /** Exact permission bits of folders, deepest first. */
  folderModes: z.array(modeSchema),
});
export type CommitList = z.infer<typeof commitListSchema>;

/** A folder or file of the player's that made way for the build, and where it is now; tree paths. */
export type Rescued = CommitList['rescue'][number];

/** What is left to know of a commit once all its steps are taken: they may be as many as the build has files. */
const takenCommitSchema = commitListSchema.pick({ format: true, build: true, replaces: true, aside: true });
export type TakenCommit = z.infer<typeof takenCommitSchema>;

/**
 * The steps of a commit that was begun.
 * @returns undefined when there is none.
 * @throws {AppError} `INSTALL_STATE_DAMAGED`
 */
export function readCommitList(state: Pick<StateFolder, 'commitList'>): Promise<CommitList | undefined> {
  return readList(state, commitListSchema);
}

/** As {@link readCommitList}, of a commit that is done. */
export function readTakenCommit(state: Pick<StateFolder, 'commitList'>): Promise<TakenCommit | undefined> {
  return readList(state, takenCommitSchema);
}

async function readList<Content>(
  state: Pick<StateFolder, 'commitList'>,
  schema: z.ZodType<Content>,
): Promise<Content | undefined> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(state.commitList, 'utf8')));
    if (parsed.success) return parsed.data;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw installErrors.error('INSTALL_STATE_DAMAGED', { path: state.commitList });
}

/** What is needed to write a commit list. */
export interface CommitInput {
  readonly plan: Plan;
  readonly next: Manifest;
  readonly installed: InstalledTree | null;
  readonly build: BuildIdentity;
  readonly replaces: BuildIdentity | null;
  readonly tree: SafeTree;
  /** Which folders are staged whole; nothing lies where they go. */
  readonly folders?: StagedFolders;
}

/**
 * Turn a plan whose files are all staged into steps.
 * @throws {AppError} `INSTALL_PATH_UNSAFE`, `INSTALL_PATH_OCCUPIED`: seen before the first step is taken.
 */
export function* planCommit(input: CommitInput): Slices<CommitList> {
  const { plan, next, build, replaces } = input;
  let tree = input.tree.inOneGo();
  const removed = collectRemovals(input);
  const list: CommitList = {
    format: 1,
    build,
    replaces,
    aside: [],
    rescue: [],
    removeFolders: removed.folders,
    makeFolders: [],
    placeFolders: [],
    place: [],
    modes: [],
    folderModes: [],
  };
  const asidePaths = new Set(removed.files);
  /** Paths that will be free by the time new files are put in place. */
  const freed = new Set(removed.files);
  const names = new FreeNames(input);
  const rescue = (path: string) => {
    list.rescue.push({ path, to: names.beside(path) });
    freed.add(path);
  };
  const isOldFolder = namesFolders(input.installed);
  for (const [looked, { kind, entry: index }] of plan.operations.entries()) {
    if (isPause(looked)) {
      yield;
      // Time may have passed in which a link was planted.
      tree = input.tree.inOneGo();
    }
    const entry = next.entries[index];
    if (entry === undefined || kind === 'preserve') continue;
    const whole = input.folders?.wholeAround(entry.path);
    if (whole !== undefined) {
      if (whole === entry.path) list.placeFolders.push({ path: entry.path, slot: String(index) });
      // It was made with its mode, but open to us.
      if (entry.kind === 'directory' && (entry.mode & OWNER_ALL) !== OWNER_ALL)
        list.folderModes.push(modeStep(entry, undefined));
      continue;
    }
    // What stays is not looked at once more; that its folders are real ones is seen of these.
    if (kind === 'keep' && entry.kind !== 'directory') continue;
    const seen = lookUnlessFreed(tree, entry.path, freed);
    if (entry.kind === 'directory') {
      const isInTheWay = seen?.isDirectory() === false;
      if (isInTheWay) {
        assertMayMakeWay(input, entry.path, seen);
        rescue(entry.path);
      }
      const made = isInTheWay || (kind !== 'keep' && kind !== 'mode');
      addFolder(list, entry, { seen: isInTheWay ? undefined : seen, made });
    } else if (kind === 'mode' && entry.kind === 'file') list.modes.push(modeStep(entry, seen));
    else {
      if (seen?.isDirectory() === true) {
        if (!clearFolder(list, { input, folder: entry.path, removed })) rescue(entry.path);
      } else if (seen !== undefined && isOldFolder(entry.path)) rescue(entry.path);
      else if (seen !== undefined) asidePaths.add(entry.path);
      list.place.push({ path: entry.path, slot: String(index) });
    }
  }
  list.folderModes.reverse();
  list.aside.push(...[...asidePaths].map((path, index) => ({ path, slot: String(index) })));
  return list;
}

function addFolder(
  list: CommitList,
  entry: DirectoryEntry,
  { seen, made }: { readonly seen: Stats | undefined; readonly made: boolean },
): void {
  if (made) list.makeFolders.push({ path: entry.path, mode: entry.mode });
  list.folderModes.push(modeStep(entry, seen));
}

/**
 * A link where a folder should be may be how a player put that folder on another drive: what was not found there as a
 * link before stays, and is theirs to decide.
 * @throws {AppError} `INSTALL_PATH_UNSAFE`
 */
function assertMayMakeWay({ installed }: CommitInput, path: string, seen: Stats): void {
  if (!seen.isSymbolicLink()) return;
  const isKnown = installed?.manifest.entries.some((entry) => entry.kind === 'link' && entry.path === path);
  if (isKnown !== true) throw installErrors.error('INSTALL_PATH_UNSAFE', { path });
}

/** Whether the old build has a folder at a path: a file there is not its own. */
export function namesFolders(installed: InstalledTree | null): (path: string) => boolean {
  const folders = new Set<string>();
  for (const { kind, path } of installed?.manifest.entries ?? []) if (kind === 'directory') folders.add(path);
  return (path) => folders.has(path);
}

function modeStep(entry: FileEntry | DirectoryEntry, seen: Stats | undefined) {
  return { path: entry.path, mode: entry.mode, oldMode: seen === undefined ? null : seen.mode & 0o777 };
}

interface Removals {
  readonly files: ReadonlySet<string>;
  /** Deepest first. */
  readonly folders: { path: string; mode: number }[];
}

function collectRemovals({ plan, installed, tree }: CommitInput): Removals {
  const files = new Set<string>();
  const folders: { path: string; mode: number }[] = [];
  for (const index of plan.removals) {
    const entry = installed?.manifest.entries[index];
    if (entry === undefined) continue;
    if (entry.kind === 'directory') {
      // Something of the player's may be there instead: giving the commit up must not make the folder.
      if (installed?.states[index] === 'absent' && !isFolderNow(tree, entry.path)) continue;
      folders.push({ path: entry.path, mode: installed?.modes[index] ?? entry.mode });
    } else files.add(entry.path);
  }
  return { files, folders: folders.reverse() };
}

/** Absent may have been what could not be looked at, for a moment or for good. */
function isFolderNow(tree: SafeTree, path: string): boolean {
  try {
    return lookIfSafe(tree, path)?.isDirectory() === true;
  } catch (error) {
    if (hasErrno(error, 'EACCES')) return false;
    throw error;
  }
}

/** What lies at a path now; nothing, if it or a file or link above it is about to be moved. */
function lookUnlessFreed(tree: SafeTree, path: string, freed: ReadonlySet<string>): Stats | undefined {
  if (freed.size === 0) return tree.look(path);
  if (freed.has(path)) return undefined;
  return foldersAbove(path).some((folder) => freed.has(folder)) ? undefined : tree.look(path);
}

/**
 * Let a folder make way for a file: it goes, with empty ones in it.
 * @returns False when something of the player's is in it.
 */
function clearFolder(
  list: CommitList,
  way: { readonly input: CommitInput; readonly folder: string; readonly removed: Removals },
): boolean {
  const { folder, removed, input } = way;
  const { tree } = input;
  const known = new Set(removed.folders.map(({ path }) => path));
  const inside = readdirSync(tree.resolve(folder), { recursive: true, withFileTypes: true }).map((item) => {
    const absolute = path.join(item.parentPath, item.name);
    const at = path.relative(tree.root, absolute).split(path.sep).join('/');
    return { at, isFolder: item.isDirectory(), absolute };
  });
  if (inside.some(({ at, isFolder }) => !isFolder && !removed.files.has(at))) {
    return false;
  }
  const folders = [{ at: folder, isFolder: true, absolute: tree.resolve(folder) }, ...inside];
  const unknown = folders.filter(({ at, isFolder }) => isFolder && !known.has(at));
  const steps = unknown.map(({ at, absolute }) => ({ path: at, mode: lstatSync(absolute).mode & 0o777 }));
  // Deepest first, and before the old folders that hold them.
  list.removeFolders.unshift(...steps.sort((a, b) => b.path.length - a.path.length));
  return true;
}
