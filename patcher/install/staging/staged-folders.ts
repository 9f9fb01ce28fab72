import { chmodSync, mkdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from '../disk/remove-tree.ts';
import { hasCode } from '../../errors.ts';
import type { Manifest } from '../../formats/manifest.ts';
import { hasErrno } from '../install-errors.ts';
import { flushAll } from '../disk/move-names.ts';
import { folderOf, type SafeTree } from '../disk/safe-tree.ts';
import { isPause, type Slices } from '../../threads/slices.ts';

/** What its owner needs to change names in a folder. */
export const OWNER_ALL = 0o700;

/** Folders that are put in place whole; a job's first record names them. Those in them count with them. */
const FOLDERS_MAX = 1000;

/**
 * On Windows a folder cannot be renamed while a file in it is open, and scanners open every new file.
 */
const CAN_MOVE_WHOLE = process.platform !== 'win32';

/**
 * Folders of a build that are nowhere yet, none of them in another. They can be staged as they will be and put in place
 * by one rename each, where every file and every folder in them would take one.
 * @returns Their entries.
 */
export function* findNewFolders({ entries }: Manifest, tree: SafeTree): Slices<number[]> {
  if (!CAN_MOVE_WHOLE) return [];
  let seen = tree.inOneGo();
  const found: number[] = [];
  const covered = new Set<string>();
  for (const [index, { kind, path: treePath }] of entries.entries()) {
    if (isPause(index)) {
      yield;
      // Time may have passed in which a link was planted.
      seen = tree.inOneGo();
    }
    if (kind !== 'directory') continue;
    const isInOne = covered.has(folderOf(treePath));
    if (!isInOne && (found.length === FOLDERS_MAX || !isNowhere(seen, treePath))) continue;
    covered.add(treePath);
    if (!isInOne) found.push(index);
  }
  return found;
}

/** What is below a link is not looked at: whoever writes there is refused. */
function isNowhere(tree: SafeTree, treePath: string): boolean {
  try {
    return tree.look(treePath) === undefined;
  } catch (error) {
    if (hasCode(error, 'INSTALL_PATH_UNSAFE')) return false;
    throw error;
  }
}

/**
 * Where new files are staged: those of a new folder in that folder, `staging/<entry of the folder>/<path in it>`, all
 * others as `staging/<entry>`.
 */
export class StagedFolders {
  readonly #staging: string;
  readonly #next: Manifest;
  /** Tree path of a folder that is staged whole → its entry. */
  readonly #whole = new Map<string, number>();
  /** Tree path of any folder → that of the whole one it is or is in; undefined for others. */
  readonly #known = new Map<string, string | undefined>();

  /** @param whole Entries of the folders that are staged whole, of {@link findNewFolders}. */
  constructor(staging: string, next: Manifest, whole: Iterable<number>) {
    this.#staging = staging;
    this.#next = next;
    for (const entry of whole) {
      const folder = next.entries[entry];
      if (folder?.kind === 'directory') this.#whole.set(folder.path, entry);
    }
  }

  /** Entries of the folders that are staged whole. */
  get whole(): number[] {
    return [...this.#whole.values()];
  }

  /** Where an entry is staged. */
  pathOf(entry: number): string {
    const treePath = this.#next.entries[entry]?.path ?? '';
    const whole = this.wholeAround(treePath);
    if (whole === undefined) return path.join(this.#staging, String(entry));
    return `${this.#staging}/${this.#whole.get(whole)}${treePath.slice(whole.length)}`;
  }

  /** Tree path of the folder staged whole which a folder or file is, or is in. */
  wholeAround(treePath: string): string | undefined {
    if (this.#whole.size === 0 || treePath === '') return undefined;
    if (this.#whole.has(treePath)) return treePath;
    const folder = folderOf(treePath);
    if (!this.#known.has(folder)) this.#known.set(folder, this.wholeAround(folder));
    return this.#known.get(folder);
  }

  /** Make the folders, open to us; those that are there stay. */
  *make(): Slices<void> {
    let made = 0;
    for (const { at, mode } of this.#folders()) {
      if (isPause(made++)) yield;
      try {
        mkdirSync(at, OWNER_ALL);
      } catch (error) {
        if (!hasErrno(error, 'EEXIST')) throw error;
      }
      // umask took bits away.
      chmodSync(at, mode | OWNER_ALL);
    }
  }

  /** Make the names in the folders survive a power cut. */
  async flush(): Promise<void> {
    await flushAll(Array.from(this.#folders(), ({ at }) => at));
  }

  /** Stage the files of a folder one by one where something has come to lie in its place. */
  async settle(tree: SafeTree): Promise<void> {
    // What is taken apart while it is gone through is not seen again.
    for (const treePath of this.#whole.keys()) {
      if (!isNowhere(tree, treePath)) await this.#takeApart(treePath);
    }
  }

  /** Stage all files one by one. */
  async takeApart(): Promise<void> {
    for (const treePath of this.#whole.keys()) await this.#takeApart(treePath);
  }

  /** May be taken again. */
  async #takeApart(treePath: string): Promise<void> {
    for (const [entry, { kind, path: at }] of this.#next.entries.entries()) {
      if (kind === 'directory' || this.wholeAround(at) !== treePath) continue;
      try {
        await rename(this.pathOf(entry), path.join(this.#staging, String(entry)));
      } catch (error) {
        if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
      }
    }
    await removeTree(path.join(this.#staging, String(this.#whole.get(treePath))));
    this.#whole.delete(treePath);
    this.#known.clear();
  }

  /** Every folder that is staged, shallow first. */
  *#folders(): Generator<{ readonly at: string; readonly mode: number }> {
    if (this.#whole.size === 0) return;
    for (const [index, entry] of this.#next.entries.entries()) {
      if (entry.kind !== 'directory' || this.wholeAround(entry.path) === undefined) continue;
      yield { at: this.pathOf(index), mode: entry.mode };
    }
  }
}
