import { createHash, type Hash } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs';
import nodePath from 'node:path';
import type { Sha256 } from '../formats/manifest.ts';
import { resolveInside } from '../paths/path-policy.ts';
import { deltaErrors } from './delta-errors.ts';
import { TreeFiles } from './tree-files.ts';

/** Most files kept open between two writes. */
const OPEN_FILES_MAX = 16;
const READ_BYTES = 2 ** 20;

/**
 * A new tree being written. A file written front to back is hashed as it is written; one that was written in another
 * order (its pieces repeat what another file has) is read again for its hash.
 */
export class OutputTree implements Disposable {
  readonly #root: string;
  readonly #folders = new Set<string>();
  readonly #open = new Map<string, number>();
  /** What is hashed of each file, and how far. */
  readonly #hashes = new Map<string, { readonly hash: Hash; bytes: number; sizeBytes: number }>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Make the folders above a path; with full rights for now, their own modes are set at the end. */
  makeParents(path: string): void {
    const slash = path.lastIndexOf('/');
    if (slash !== -1) this.makeFolder(path.slice(0, slash));
  }

  makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#attempt(path, (absolute) => mkdirSync(absolute, { recursive: true }));
    this.#folders.add(path);
  }

  /** Create an empty file; it must not exist. */
  createFile(path: string): void {
    const descriptor = this.#attempt(path, (absolute) => openSync(absolute, 'wx'));
    closeSync(descriptor);
    this.#hashes.set(path, { hash: createHash('sha256'), bytes: 0, sizeBytes: 0 });
  }

  write(path: string, fileOffset: number, bytes: Uint8Array): void {
    const descriptor = this.#descriptor(path);
    let done = 0;
    while (done < bytes.length) {
      done += this.#attempt(path, () =>
        writeSync(descriptor, bytes, done, bytes.length - done, fileOffset + done),
      );
    }
    const hashed = this.#hashes.get(path);
    if (hashed === undefined) return;
    hashed.sizeBytes = Math.max(hashed.sizeBytes, fileOffset + bytes.length);
    if (hashed.bytes !== fileOffset) return;
    hashed.hash.update(bytes);
    hashed.bytes += bytes.length;
  }

  /** Close all files and say what was written to them. */
  finishFiles(): Map<string, Sha256> {
    this[Symbol.dispose]();
    using files = new TreeFiles(this.#root);
    for (const [path, hashed] of this.#hashes) {
      while (hashed.bytes < hashed.sizeBytes) {
        const bytes = files.read(path, hashed.bytes, Math.min(READ_BYTES, hashed.sizeBytes - hashed.bytes));
        hashed.hash.update(bytes);
        hashed.bytes += bytes.length;
      }
    }
    return new Map([...this.#hashes].map(([path, { hash }]) => [path, hash.digest('hex') as Sha256]));
  }

  makeLink(path: string, target: string): void {
    this.#attempt(path, (absolute) => symlinkSync(target, absolute));
  }

  /** Windows knows no permission bits but read-only, which would only be in the way of the next update. */
  setMode(path: string, mode: number): void {
    if (process.platform !== 'win32') this.#attempt(path, (absolute) => chmodSync(absolute, mode));
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  #descriptor(path: string): number {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    const oldest = this.#open.entries().next().value;
    if (this.#open.size >= OPEN_FILES_MAX && oldest !== undefined) {
      closeSync(oldest[1]);
      this.#open.delete(oldest[0]);
    }
    const descriptor = this.#attempt(path, (absolute) => openSync(absolute, 'r+'));
    this.#open.set(path, descriptor);
    return descriptor;
  }

  #attempt<Value>(path: string, write: (absolute: string) => Value): Value {
    try {
      return write(nodePath.toNamespacedPath(resolveInside(this.#root, path)));
    } catch (cause) {
      throw deltaErrors.error('PATCH_WRITE_FAILED', { path }, cause);
    }
  }
}
