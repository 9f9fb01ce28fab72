import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ChunkingParameters, Sha256 } from '../formats/manifest.ts';
import { computeSha256Bytes, EMPTY_SHA256, SHA256_BYTES } from '../formats/sha256.ts';
import { Chunker } from './chunker.ts';
import { scanErrors, toScanError } from './scan-errors.ts';
import { equalStamps, type FileStamp, toStamp } from './file-stamp.ts';

/** One file as read. */
export interface FileScan {
  readonly sha256: Sha256;
  /** Raw sizes of its chunks, in file order. */
  readonly chunkSizes: Uint32Array;
  /** 32 bytes a chunk. */
  readonly chunkSha256: Uint8Array;
}

export interface FileToScan {
  /** Where to read it. */
  readonly absolute: string;
  /** What to call it in errors. */
  readonly path: string;
  readonly stamp: FileStamp;
}

/** Buffer beyond the largest chunk: reads stay large, and what is cut and hashed twice stays in the processor's cache. */
const READ_AHEAD_BYTES = 2 ** 20;

/**
 * Reads files one after the other, each once and front to back, through one buffer of bounded size. Synchronous:
 * it runs on a thread of its own, where waiting costs nobody anything.
 */
export class FileScanner {
  readonly #chunker: Chunker;
  readonly #maxBytes: number;
  readonly #buffer: Buffer<ArrayBuffer>;
  readonly #onBytes: (bytes: number) => void;

  /** @param onBytes Told how many bytes each read brought. */
  constructor(chunking: ChunkingParameters, onBytes: (bytes: number) => void = () => {}) {
    this.#chunker = new Chunker(chunking, chunking.maxBytes + READ_AHEAD_BYTES);
    this.#maxBytes = chunking.maxBytes;
    this.#buffer = this.#chunker.room;
    this.#onBytes = onBytes;
  }

  /**
   * @throws {AppError} `SCAN_FILE_CHANGED` when size, time or identity differ from the stamp after it
   *   was read; `SCAN_UNREADABLE`.
   */
  scan(file: FileToScan): FileScan {
    return readFile(file, (descriptor) => this.#read(descriptor, file));
  }

  /** Where {@link scanHeld} expects a file. */
  get room(): Buffer<ArrayBuffer> {
    return this.#buffer;
  }

  /** Scan a file that was read into {@link room} whole. */
  scanHeld(sizeBytes: number): FileScan {
    const scan = new ScanInProgress(sizeBytes);
    this.#cut(sizeBytes, true, scan);
    return scan.finish();
  }

  #read(descriptor: number, file: FileToScan): FileScan {
    const scan = new ScanInProgress(file.stamp.sizeBytes);
    let held = 0;
    let readBytes = 0;
    for (;;) {
      const wanted = Math.min(this.#buffer.length - held, file.stamp.sizeBytes - readBytes);
      const got = wanted === 0 ? 0 : readSync(descriptor, this.#buffer, held, wanted, readBytes);
      if (got < wanted && got === 0) throw scanErrors.error('SCAN_FILE_CHANGED', { path: file.path });
      held += got;
      readBytes += got;
      this.#onBytes(got);
      const atEnd = readBytes === file.stamp.sizeBytes;
      const used = this.#cut(held, atEnd, scan);
      if (atEnd) return scan.finish();
      this.#buffer.copyWithin(0, used, held);
      held -= used;
    }
  }

  /** Cut all chunks that are certain; returns how many bytes they took. */
  #cut(held: number, atEnd: boolean, scan: ScanInProgress): number {
    let at = 0;
    // Before the end of the file, what is left must hold the largest chunk for its boundary to be certain.
    const lastStart = atEnd ? held - 1 : held - this.#maxBytes;
    while (at <= lastStart) {
      const length = this.#chunker.chunkLength(at, held);
      scan.add(this.#buffer.subarray(at, at + length));
      at += length;
    }
    return at;
  }
}

/** Gathers the chunks of a file. The hash of a file of one chunk is that of the chunk: hashed once only. */
class ScanInProgress {
  readonly #sizeBytes: number;
  readonly #sizes: number[] = [];
  readonly #hashes: Uint8Array[] = [];
  #whole: Hash | undefined;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  add(chunk: Uint8Array): void {
    if (chunk.length < this.#sizeBytes) {
      this.#whole ??= createHash('sha256');
      this.#whole.update(chunk);
    }
    this.#sizes.push(chunk.length);
    this.#hashes.push(computeSha256Bytes(chunk));
  }

  finish(): FileScan {
    const chunkSha256 = new Uint8Array(this.#hashes.length * SHA256_BYTES);
    this.#hashes.forEach((hash, row) => {
      chunkSha256.set(hash, row * SHA256_BYTES);
    });
    const only = this.#hashes[0] === undefined ? EMPTY_SHA256 : Buffer.from(this.#hashes[0]).toString('hex');
    const sha256 = (this.#whole?.digest('hex') ?? only) as Sha256;
    return { sha256, chunkSizes: Uint32Array.from(this.#sizes), chunkSha256 };
  }
}

/**
 * Open a file, do something with it, and see to it that it is still the one listed.
 * @throws {AppError} As {@link FileScanner.scan} does.
 */
export function readFile<Value>(file: FileToScan, read: (descriptor: number) => Value): Value {
  let descriptor: number;
  try {
    descriptor = openSync(file.absolute, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    throw toScanError(error, file.path);
  }
  try {
    const value = read(descriptor);
    // Once is enough, when all is read: what was another file before still is.
    checkStamp(descriptor, file);
    return value;
  } catch (error) {
    throw toScanError(error, file.path);
  } finally {
    closeSync(descriptor);
  }
}

function checkStamp(descriptor: number, { stamp, path }: FileToScan): void {
  const now = toStamp(fstatSync(descriptor, { bigint: true }));
  if (!equalStamps(now, stamp)) throw scanErrors.error('SCAN_FILE_CHANGED', { path });
}
