import type { Stats } from 'node:fs';
import { AppError } from '../../errors.ts';
import type { Manifest } from '../../formats/manifest.ts';
import { foldPath } from '../../paths/path-fold.ts';
import type { InstalledTree } from '../../plan/installed-tree.ts';
import { installErrors } from '../install-errors.ts';
import type { SafeTree } from '../disk/safe-tree.ts';

/** Tries for a name; a player who was in the way that often has a problem of another kind. */
const NAMES_MAX = 99;

/** Finds names beside what is in the way of a build: neither build has them, and nothing lies there. */
export class FreeNames {
  readonly #tree: SafeTree;
  readonly #builds: readonly (Manifest | undefined)[];
  #taken: ReadonlySet<string> | undefined;

  constructor({ tree, next, installed }: FreeNamesInput) {
    this.#tree = tree;
    this.#builds = [next, installed?.manifest];
  }

  /** @throws {AppError} `INSTALL_PATH_OCCUPIED` when there is none. */
  beside(occupied: string): string {
    const taken = (this.#taken ??= new Set(
      this.#builds.flatMap((build) => build?.entries ?? []).map(({ path }) => foldPath(path)),
    ));
    for (let number = 1; number <= NAMES_MAX; number++) {
      const to = `${occupied}.yours${number === 1 ? '' : `-${number}`}`;
      if (!taken.has(foldPath(to)) && this.#lookIfNamed(to) === undefined) return to;
    }
    throw installErrors.error('INSTALL_PATH_OCCUPIED', { path: occupied });
  }

  /** What lies there; a name that no build could have counts as taken. */
  #lookIfNamed(treePath: string): Stats | 'unusable' | undefined {
    try {
      return this.#tree.look(treePath);
    } catch (error) {
      if (error instanceof AppError) return 'unusable';
      throw error;
    }
  }
}

interface FreeNamesInput {
  readonly tree: SafeTree;
  readonly next: Manifest;
  readonly installed: InstalledTree | null;
}
