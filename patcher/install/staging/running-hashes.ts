import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { readFully } from '../disk/durable-files.ts';

/** Bytes hashed between two turns of the event loop: about 2 ms. */
const HASH_STEP_BYTES = 1024 * 1024;
/**
 * Steps hashed of a file when some of it was written, at most: more than a span has, so that bytes that waited for those before
 * them are made up for.
 */
const STEPS_AHEAD_MAX = 8;

interface RunningHash {
  readonly hash: Hash;
  hashedBytes: number;
}

/** Hashes of files while they are written, as far as that goes front to back from the first byte on. */
export class RunningHashes {
  readonly #running = new Map<number, RunningHash>();
  /** What was last read to be hashed. */
  #step: Buffer | undefined;

  has(entry: number): boolean {
    return this.#running.has(entry);
  }

  drop(entry: number): void {
    this.#running.delete(entry);
  }

  /** Bytes from here on were written anew: those that were hashed count no more. */
  rewritten(entry: number, offset: number): void {
    if (offset < (this.#running.get(entry)?.hashedBytes ?? 0)) this.#running.delete(entry);
  }

  begin(entry: number): void {
    this.#running.set(entry, { hash: createHash('sha256'), hashedBytes: 0 });
  }

  /** Bytes were written: a hash that has come to them goes on. */
  add(entry: number, offset: number, bytes: Uint8Array): void {
    if (offset === 0) this.begin(entry);
    this.rewritten(entry, offset);
    const running = this.#running.get(entry);
    if (running?.hashedBytes !== offset) return;
    running.hash.update(bytes);
    running.hashedBytes += bytes.length;
  }

  /**
   * Go on with what lies in the file: when it is full nobody has to wait for that.
   * @param coveredTo Where the bytes that lie there without a gap end, from an offset on.
   */
  readAhead(entry: number, file: string, coveredTo: (offset: number) => number): void {
    const running = this.#running.get(entry);
    if (running === undefined) return;
    const steps = Math.floor((coveredTo(running.hashedBytes) - running.hashedBytes) / HASH_STEP_BYTES);
    if (steps === 0) return;
    this.#step ??= Buffer.allocUnsafeSlow(HASH_STEP_BYTES);
    const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      for (let step = 0; step < Math.min(steps, STEPS_AHEAD_MAX); step++) {
        const read = readSync(descriptor, this.#step, 0, HASH_STEP_BYTES, running.hashedBytes);
        running.hash.update(this.#step.subarray(0, read));
        running.hashedBytes += read;
      }
    } finally {
      closeSync(descriptor);
    }
  }

  /** Hash what was not hashed as it was written. @returns In hex; it runs no more. */
  async finish(entry: number, handle: FileHandle, sizeBytes: number): Promise<string> {
    if (!this.#running.has(entry)) this.begin(entry);
    const { hash, hashedBytes } = this.#running.get(entry) as RunningHash;
    this.#running.delete(entry);
    const buffer = Buffer.allocUnsafe(Math.min(HASH_STEP_BYTES, Math.max(1, sizeBytes - hashedBytes)));
    for (let at = hashedBytes; at < sizeBytes; ) {
      const read = await readFully(handle, buffer.subarray(0, Math.min(buffer.length, sizeBytes - at)), at);
      if (read === 0) break;
      hash.update(buffer.subarray(0, read));
      at += read;
    }
    return hash.digest('hex');
  }
}
