import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { SafeTree } from '../disk/safe-tree.ts';

/** Old files held open at once. */
const OPEN_MAX = 16;

/** Reads ranges of old files, synchronously as the delta decoder asks, without ever following a link. */
export class OldFiles {
  readonly #tree: SafeTree;
  readonly #open = new Map<string, number>();

  constructor(tree: SafeTree) {
    this.#tree = tree;
  }

  /** The bytes of the range that are there: fewer than asked at the end of the file. */
  read(treePath: string, offset: number, sizeBytes: number): Uint8Array {
    const bytes = Buffer.allocUnsafe(sizeBytes);
    return bytes.subarray(0, this.readInto(treePath, offset, bytes));
  }

  /** @returns How many bytes of the range are there. */
  readInto(treePath: string, offset: number, into: Uint8Array): number {
    const descriptor = this.#descriptor(treePath);
    let done = 0;
    while (done < into.length) {
      const read = readSync(descriptor, into, done, into.length - done, offset + done);
      if (read === 0) break;
      done += read;
    }
    return done;
  }

  close(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  #descriptor(treePath: string): number {
    const known = this.#open.get(treePath);
    if (known !== undefined) return known;
    const absolute = this.#tree.resolve(treePath);
    // O_NONBLOCK: a pipe planted at the path must not hang the job.
    const descriptor = openFile(absolute);
    for (const [path, spare] of this.#open) {
      if (this.#open.size < OPEN_MAX) break;
      closeSync(spare);
      this.#open.delete(path);
    }
    this.#open.set(treePath, descriptor);
    return descriptor;
  }
}

/** @throws What the system says; EINVAL when it is not a file. */
function openFile(absolute: string): number {
  // O_NONBLOCK: a pipe planted at the path must not hang the job.
  const descriptor = openSync(
    absolute,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  );
  try {
    if (fstatSync(descriptor).isFile()) return descriptor;
    throw Object.assign(new Error(`${absolute} is not a file`), {
      code: 'EINVAL',
      syscall: 'open',
      path: absolute,
    });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
