import { createHash, type Hash, hash as hashOnce } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import nodePath from 'node:path';
import type { Sha256 } from '../../formats/manifest.ts';
import { EMPTY_SHA256 } from '../../formats/sha256.ts';
import { resolveInside } from '../../paths/path-policy.ts';
import { deltaErrors } from '../delta-errors.ts';
import { ReusableBytes } from './reusable-bytes.ts';
import { TreeFiles } from '../tree-files.ts';

/** Most files kept open between two writes. */
const OPEN_FILES_MAX = 16;
const READ_BYTES = 2 ** 20;

/** A file that is not complete yet. */
interface Growing {
  readonly sizeBytes: number;
  /** False until its first bytes come. */
  made: boolean;
  /** Of the bytes up to `hashedBytes`, once there are some. */
  hash: Hash | undefined;
  hashedBytes: number;
}

/**
 * A new tree being written. Bytes that come front to back are hashed as they come; a file whose pieces come in
 * another order is read again from where the order broke.
 */
export class OutputTree implements Disposable {
  readonly #root: string;
  readonly #folders = new Set<string>();
  readonly #open = new Map<string, number>();
  readonly #growing = new Map<string, Growing>();
  readonly #hashes = new Map<string, Sha256>();
  /** False once the file system said that it has none. */
  #reflinks = true;
  #bytesReadBack = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** Bytes read again for their hash. */
  get bytesReadBack(): number {
    return this.#bytesReadBack;
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

  /** Announce a file; it must not exist. */
  addFile(path: string, sizeBytes: number): void {
    this.#growing.set(path, { sizeBytes, made: false, hash: undefined, hashedBytes: 0 });
  }

  /** Write a stretch of a file that was announced. */
  write(path: string, fileOffset: number, bytes: Uint8Array): void {
    const growing = this.#growing.get(path);
    if (growing === undefined) throw new RangeError(`${path} is complete, or was never announced`);
    const descriptor = this.#descriptor(path, growing);
    let done = 0;
    while (done < bytes.length) {
      done += this.#attempt(path, () =>
        writeSync(descriptor, bytes, done, bytes.length - done, fileOffset + done),
      );
    }
    if (growing.hashedBytes !== fileOffset) return;
    if (bytes.length === growing.sizeBytes) this.#complete(path, hashOnce('sha256', bytes, 'hex') as Sha256);
    else {
      continueHash(growing, bytes);
      if (growing.hashedBytes === growing.sizeBytes) this.#complete(path, digest(growing));
    }
  }

  /** Make an announced file share its blocks with another, where the file system can; it is hashed at the end. */
  clone(path: string, from: string): boolean {
    const growing = this.#growing.get(path);
    if (!this.#reflinks || growing === undefined) return false;
    try {
      const absolute = nodePath.toNamespacedPath(resolveInside(this.#root, path));
      copyFileSync(from, absolute, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
      // It came with the other's mode, which may forbid us to read it.
      chmodSync(absolute, 0o600);
    } catch {
      // None here, or the source cannot be read: copying its bytes tells which.
      this.#reflinks = false;
      return false;
    }
    growing.made = true;
    return true;
  }

  /** Make the empty files, close all, and say what the files hold. */
  finishFiles(): ReadonlyMap<string, Sha256> {
    for (const [path, growing] of this.#growing) if (!growing.made) this.#descriptor(path, growing);
    this[Symbol.dispose]();
    using files = new TreeFiles(this.#root);
    const room = new ReusableBytes();
    for (const [path, growing] of this.#growing) {
      while (growing.hashedBytes < growing.sizeBytes) {
        const length = Math.min(READ_BYTES, growing.sizeBytes - growing.hashedBytes);
        const bytes = room.take(length);
        files.readInto(path, growing.hashedBytes, bytes);
        continueHash(growing, bytes);
        this.#bytesReadBack += bytes.length;
      }
      this.#complete(path, digest(growing));
    }
    return this.#hashes;
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

  #complete(path: string, sha256: Sha256): void {
    this.#hashes.set(path, sha256);
    this.#growing.delete(path);
    this.#close(path);
  }

  #descriptor(path: string, growing: Growing): number {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    const oldest = this.#open.keys().next().value;
    if (this.#open.size >= OPEN_FILES_MAX && oldest !== undefined) this.#close(oldest);
    const descriptor = this.#attempt(path, (absolute) => openSync(absolute, growing.made ? 'r+' : 'wx'));
    growing.made = true;
    this.#open.set(path, descriptor);
    return descriptor;
  }

  #close(path: string): void {
    const descriptor = this.#open.get(path);
    if (descriptor === undefined) return;
    this.#open.delete(path);
    closeSync(descriptor);
  }

  #attempt<Value>(path: string, write: (absolute: string) => Value): Value {
    try {
      return write(nodePath.toNamespacedPath(resolveInside(this.#root, path)));
    } catch (cause) {
      throw deltaErrors.error('PATCH_WRITE_FAILED', { path }, cause);
    }
  }
}

function continueHash(growing: Growing, bytes: Uint8Array): void {
  growing.hash ??= createHash('sha256');
  growing.hash.update(bytes);
  growing.hashedBytes += bytes.length;
}

function digest({ hash }: Growing): Sha256 {
  return (hash?.digest('hex') ?? EMPTY_SHA256) as Sha256;
}
