import nodePath from 'node:path';
import { checkTreePath, resolveInside } from '../paths/path-policy.ts';

/**
 * Absolute paths of a tree's entries. Each folder is checked once: resolving a path whole takes longer than most of what is
 * then done with it.
 */
export class TreePaths {
  readonly #root: string;
  readonly #folders = new Map<string, string>();

  constructor(root: string) {
    this.#root = nodePath.resolve(root);
  }

  /** @throws {AppError} `PATH_…`, as `resolveInside` does. */
  resolve(path: string): string {
    const nameAt = path.lastIndexOf('/') + 1;
    const name = path.slice(nameAt);
    checkTreePath(name);
    return nodePath.toNamespacedPath(this.#folder(path.slice(0, nameAt)) + name);
  }

  /** @param path Ends with `/`, or is empty. @returns Ends with a separator. */
  #folder(path: string): string {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const folder = path === '' ? this.#root : resolveInside(this.#root, path.slice(0, -1));
    const absolute = folder.endsWith(nodePath.sep) ? folder : folder + nodePath.sep;
    this.#folders.set(path, absolute);
    return absolute;
  }
}
