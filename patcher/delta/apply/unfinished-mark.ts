import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import nodePath from 'node:path';
import type { Sha256 } from '../../formats/manifest.ts';
import { deltaErrors } from '../delta-errors.ts';

/** No build may hold a path of this name: it is the launcher's in every folder of a game. */
const MARK_NAME = '.gantry';

/**
 * Lies in a folder that is being made from a patch until all of it is there, so that a run that was stopped can be told from
 * anybody's folder, and from one that another patch was making.
 */
export class UnfinishedMark {
  readonly #file: string;
  readonly #text: string;

  constructor(root: string, newTreeDigest: Sha256) {
    this.#file = nodePath.join(root, MARK_NAME);
    this.#text = `Not complete. Apply the same patch into this folder again to go on.\n${newTreeDigest}\n`;
  }

  /**
   * Whether a run that makes the same tree was stopped in this folder.
   * @param held Names in the folder. A run that was killed while it wrote the mark has written nothing else.
   */
  isSet(held: readonly string[]): boolean {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch {
      // None, or something else of that name: then the folder is none of ours.
      return false;
    }
    return text === this.#text || (held.length === 1 && this.#text.startsWith(text));
  }

  /** @throws {AppError} `PATCH_WRITE_FAILED`. */
  set(): void {
    this.#attempt(() => writeFileSync(this.#file, this.#text));
  }

  /** @throws {AppError} `PATCH_WRITE_FAILED`. */
  remove(): void {
    this.#attempt(() => rmSync(this.#file));
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (cause) {
      throw deltaErrors.error('PATCH_WRITE_FAILED', { path: this.#file }, cause);
    }
  }
}
