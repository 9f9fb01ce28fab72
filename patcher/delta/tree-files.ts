import { closeSync, constants, openSync, readSync } from 'node:fs';
import { deltaErrors } from './delta-errors.ts';
import { TreePaths } from './tree-paths.ts';

/** Most files kept open: far below every system's limit, enough for neighbours to be read without reopening. */
const OPEN_FILES_MAX = 16;

/**
 * Ranges of a tree's files, read synchronously, with the most recently used files kept open.
 * For worker threads and for processes whose work this is.
 */
export class TreeFiles implements Disposable {
  readonly #paths: TreePaths;
  readonly #open = new Map<string, number>();

  constructor(root: string) {
    this.#paths = new TreePaths(root);
  }

  /**
   * Fill a buffer from one file.
   * @throws {AppError} `PATCH_READ_FAILED` when it cannot be opened or read, `PATCH_OLD_MISMATCH` when it ends too early.
   */
  readInto(path: string, offset: number, into: Uint8Array): void {
    const descriptor = this.#descriptor(path);
    let done = 0;
    while (done < into.length) {
      const count = this.#attempt(path, () =>
        readSync(descriptor, into, done, into.length - done, offset + done),
      );
      if (count === 0)
        throw deltaErrors.error('PATCH_OLD_MISMATCH', { path, reason: 'is shorter than listed' });
      done += count;
    }
  }

  read(path: string, offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.readInto(path, offset, bytes);
    return bytes;
  }

  /** The absolute path of a file, for programs that open it themselves. */
  resolve(path: string): string {
    return this.#paths.resolve(path);
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  #descriptor(path: string): number {
    const known = this.#open.get(path);
    this.#open.delete(path);
    const descriptor =
      known ??
      this.#attempt(path, () =>
        openSync(this.#paths.resolve(path), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)),
      );
    this.#open.set(path, descriptor);
    this.#closeOldest();
    return descriptor;
  }

  #closeOldest(): void {
    const oldest = this.#open.entries().next().value;
    if (this.#open.size <= OPEN_FILES_MAX || oldest === undefined) return;
    this.#open.delete(oldest[0]);
    closeSync(oldest[1]);
  }

  #attempt<Value>(path: string, attempt: () => Value): Value {
    try {
      return attempt();
    } catch (cause) {
      throw deltaErrors.error('PATCH_READ_FAILED', { path }, cause);
    }
  }
}
