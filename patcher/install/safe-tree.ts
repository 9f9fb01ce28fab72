import { lstatSync, type Stats } from 'node:fs';
import path from 'node:path';
import { resolveInside } from '../paths/path-policy.ts';
import { hasErrno, installErrors } from './install-errors.ts';

/**
 * An install's files by their tree paths. Every folder on the way is looked at, each time: a link planted
 * between two uses is refused at the second.
 */
export class SafeTree {
  readonly root: string;

  /** @param root Real path of the install. */
  constructor(root: string) {
    this.root = root;
  }

  /**
   * The absolute path of an entry, after checking that each folder above it is a real folder or absent.
   * @throws {AppError} `INSTALL_PATH_UNSAFE`, `PATH_…`.
   */
  resolve(treePath: string): string {
    const absolute = resolveInside(this.root, treePath);
    const segments = treePath.split('/');
    for (let depth = 1; depth < segments.length; depth++) {
      const parent = segments.slice(0, depth).join('/');
      const stats = lstatOrUndefined(path.join(this.root, ...segments.slice(0, depth)));
      if (stats === undefined) break;
      if (!stats.isDirectory()) throw installErrors.error('INSTALL_PATH_UNSAFE', { path: parent });
    }
    return absolute;
  }

  /** What lies at an entry's path itself, links not followed; undefined for nothing. */
  look(treePath: string): Stats | undefined {
    return lstatOrUndefined(this.resolve(treePath));
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
