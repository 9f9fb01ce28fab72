import { readdirSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { Manifest } from '../../formats/manifest.ts';
import type { InstalledTree } from '../../plan/installed-tree.ts';
import { namesFolders, type Rescued } from '../commit/commit-list.ts';
import { flushFolder } from '../disk/durable-files.ts';
import { FreeNames } from '../commit/free-names.ts';
import { installErrors } from '../install-errors.ts';
import { lookIfSafe } from '../verify/look-at-tree.ts';
import { compilePreserveRules } from '../../paths/preserve-rules.ts';
import { noteRescues } from '../commit/rescue-note.ts';
import { foldersAbove, type SafeTree } from '../disk/safe-tree.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { removeFolderIfEmpty, renameStubbornly } from '../disk/stubborn-files.ts';
import { openFolders } from './open-folders.ts';

export interface WayInput {
  readonly state: StateFolder;
  readonly tree: SafeTree;
  readonly next: Manifest;
  /** The build whose files are replaced as it goes. */
  readonly installed: InstalledTree;
}

/**
 * Puts aside what of the player's lies where new files go, as a commit does: beside its place, noted before it is
 * renamed. Asked for right before a file is placed, when all that is the old build's has left its way, it moves nothing
 * that a later step reads, and can be asked again after a crash.
 */
export class WayMaker {
  readonly #state: StateFolder;
  readonly #tree: SafeTree;
  readonly #next: Manifest;
  readonly #names: FreeNames;
  readonly #isOldFolder: (treePath: string) => boolean;
  readonly #oldLinks: ReadonlySet<string>;
  readonly #isPreserved: (treePath: string) => boolean;
  /** What made way, in its order. */
  readonly #made: Rescued[] = [];

  constructor({ state, tree, next, installed }: WayInput) {
    this.#state = state;
    this.#tree = tree;
    this.#next = next;
    this.#names = new FreeNames({ tree, next, installed });
    this.#isOldFolder = namesFolders(installed);
    this.#oldLinks = new Set(
      installed.manifest.entries.flatMap(({ kind, path: at }) => (kind === 'link' ? [at] : [])),
    );
    this.#isPreserved = compilePreserveRules(next.preserve);
  }

  /**
   * Put files aside that lie where the old build had folders and the new one has files. Called before files of the new
   * build are among those of the old: from then on nobody could say whose they are.
   */
  async freeOldFolders(): Promise<void> {
    for (const { kind, path: treePath } of this.#next.entries) {
      if (kind === 'directory' || !this.#isOldFolder(treePath)) continue;
      const seen = lookIfSafe(this.#tree, treePath);
      const stays = seen?.isFile() === true && this.#isPreserved(treePath);
      if (seen?.isDirectory() === false && !stays) await this.#rescue(treePath);
    }
  }

  /**
   * Let a new file or link have its path.
   * @throws {AppError} `INSTALL_PATH_UNSAFE` where a link may lead elsewhere, `INSTALL_PATH_OCCUPIED` where no name is free.
   */
  async makeWay(treePath: string): Promise<void> {
    for (const folder of foldersAbove(treePath)) {
      const above = this.#tree.look(folder);
      if (above === undefined) return;
      if (!above.isDirectory()) return this.#makeWayForFolder(folder, above);
    }
    const seen = this.#tree.look(treePath);
    if (seen === undefined) return;
    if (seen.isDirectory()) {
      if (!(await this.#removeEmpty(treePath))) await this.#rescue(treePath);
      // Any other file there is the old build's, or replaced like one.
    } else if (this.#isOldFolder(treePath)) await this.#rescue(treePath);
  }

  /** Where a file lies that the tree had at this path before something made way. */
  placeOf(treePath: string): string {
    return this.#made.reduce((at, { path: from, to }) => {
      if (at === from) return to;
      return at.startsWith(`${from}/`) ? to + at.slice(from.length) : at;
    }, treePath);
  }

  /** Let the folders of the new build have their paths, those that stay empty too. @throws {AppError} as {@link makeWay}. */
  async makeWayForFolders(): Promise<void> {
    for (const { kind, path: treePath } of this.#next.entries) {
      const seen = kind === 'directory' ? lookIfSafe(this.#tree, treePath) : undefined;
      if (seen?.isDirectory() === false) await this.#makeWayForFolder(treePath, seen);
    }
  }

  /** A link is how a player may have put a folder on another drive: one that was not there before is theirs to decide. */
  async #makeWayForFolder(treePath: string, seen: Stats): Promise<void> {
    if (seen.isSymbolicLink() && !this.#oldLinks.has(treePath))
      throw installErrors.error('INSTALL_PATH_UNSAFE', { path: treePath });
    await this.#rescue(treePath);
  }

  async #rescue(treePath: string): Promise<void> {
    const to = this.#names.beside(treePath);
    await noteRescues(this.#state, [{ path: treePath, to }]);
    await openFolders(this.#tree, treePath);
    const from = this.#tree.resolve(treePath);
    await renameStubbornly(from, this.#tree.resolve(to));
    await flushFolder(path.dirname(from));
    this.#made.push({ path: treePath, to });
  }

  /** @returns False when there is more in a folder than empty folders. */
  async #removeEmpty(treePath: string): Promise<boolean> {
    const folder = this.#tree.resolve(treePath);
    const inside = readdirSync(folder, { recursive: true, withFileTypes: true });
    if (inside.some((item) => !item.isDirectory())) return false;
    const deepestFirst = inside
      .map((item) => path.join(item.parentPath, item.name))
      .sort((a, b) => b.length - a.length);
    for (const empty of [...deepestFirst, folder]) if (!(await removeFolderIfEmpty(empty))) return false;
    return true;
  }
}
