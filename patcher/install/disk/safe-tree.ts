import { lstatSync, type Stats } from 'node:fs';
import path from 'node:path';
import { resolveInside } from '../../paths/path-policy.ts';
import { hasErrno, installErrors } from '../install-errors.ts';

/**
 * An install's files by their tree paths. Every folder on the way is looked at, each time: a link planted
 * between two uses is refused at the second.
 */
export class SafeTree {
  readonly root: string;
  /** Tree path of a folder → whether it is there; only for steps taken in one go. */
  readonly #seen: Map<string, boolean> | undefined;

  /** @param root Real path of the install. */
  constructor(root: string, seen?: Map<string, boolean>) {
    this.root = root;
    this.#seen = seen;
  }

  /**
   * The same tree for some steps that follow each other without waiting for anything: each folder is looked at once. Not
   * to be kept longer, nor while folders are made or removed: what it has seen is not looked at again.
   */
  inOneGo(): SafeTree {
    return new SafeTree(this.root, new Map());
  }

  /**
   * The absolute path of an entry, after checking that each folder above it is a real folder or absent.
   * @throws {AppError} `INSTALL_PATH_UNSAFE`, `PATH_…`.
   */
  resolve(treePath: string): string {
    const absolute = resolveInside(this.root, treePath);
    this.#reaches(treePath);
    return absolute;
  }

  /** What lies at an entry's path itself, links not followed; undefined for nothing. */
  look(treePath: string): Stats | undefined {
    const absolute = resolveInside(this.root, treePath);
    return this.#reaches(treePath) ? lstatOrUndefined(absolute) : undefined;
  }

  /** @returns False when a folder above an entry is not there. */
  #reaches(treePath: string): boolean {
    const parent = folderOf(treePath);
    const known = parent === '' ? true : this.#seen?.get(parent);
    if (known !== undefined) return known;
    const isThere = this.#reaches(parent) && this.#isFolder(parent);
    this.#seen?.set(parent, isThere);
    return isThere;
  }

  #isFolder(treePath: string): boolean {
    const stats = lstatOrUndefined(path.join(this.root, ...treePath.split('/')));
    if (stats?.isDirectory() === false) throw installErrors.error('INSTALL_PATH_UNSAFE', { path: treePath });
    return stats !== undefined;
  }
}

/** `lstat`, with absence as a value. */
export function lstatOrUndefined(absolute: string): Stats | undefined {
  try {
    return lstatSync(absolute, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Tree paths of all folders above an entry, nearest last; '' (the root) is not among them. */
export function foldersAbove(treePath: string): string[] {
  const segments = treePath.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}

/** Tree path of the folder that holds an entry; '' for the root. */
export function folderOf(treePath: string): string {
  return treePath.slice(0, Math.max(0, treePath.lastIndexOf('/')));
}
