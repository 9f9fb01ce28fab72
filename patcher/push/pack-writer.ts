import { closeSync, constants, openSync, readSync } from 'node:fs';
import { createPackIndex, encodeChunk, type PackIndex } from '../formats/pack-format.ts';
import { computeSha256, computeSha256Bytes, equalSha256, sha256BytesAt } from '../formats/sha256.ts';
import type { Sha256 } from '../formats/manifest.ts';
import { scanErrors } from '../scan/scan-errors.ts';
import { pushErrors } from './push-errors.ts';

/** One pack to make: where each of its chunks lies on disk, and what it must be. */
export interface PackTask {
  readonly pieces: readonly PackPiece[];
  /** 32 bytes a piece. */
  readonly sha256: Uint8Array;
  /** zstd level, 1 to 22. */
  readonly level: number;
}

export interface PackPiece {
  /** The file on disk. */
  readonly absolute: string;
  /** What to call it in errors. */
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface WrittenPack {
  readonly sha256: Sha256;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly index: PackIndex;
}

/**
 * Make one pack in memory: read each chunk again, check that it still is what was scanned, compress it.
 * Synchronous: it runs on a thread of its own. Holds at most two packs and one chunk: the frames, and the pack they are joined into.
 * @param onBytes Told the raw bytes of each chunk.
 * @throws {AppError} `PUSH_FILE_CHANGED`, `SCAN_UNREADABLE`
 */
export function writePack(task: PackTask, onBytes: (bytes: number) => void = () => {}): WrittenPack {
  const index = createPackIndex(task.pieces.length);
  index.sha256.set(task.sha256);
  const frames: Uint8Array[] = [];
  using file = new OpenFile();
  let end = 0;
  task.pieces.forEach((piece, row) => {
    const raw = file.read(piece);
    if (!equalSha256(computeSha256Bytes(raw), sha256BytesAt(task.sha256, row))) throw fileChanged(piece);
    const frame = encodeChunk(raw, task.level);
    frames.push(frame);
    index.sizeBytes[row] = raw.length;
    index.offset[row] = end;
    index.packedBytes[row] = frame.length;
    end += frame.length;
    onBytes(raw.length);
  });
  const bytes = joinBytes(frames, end);
  return { sha256: computeSha256(bytes), bytes, index };
}

/** Keeps the file of the last chunk open: the next one mostly follows it. */
class OpenFile implements Disposable {
  #absolute = '';
  #descriptor = -1;

  read(piece: PackPiece): Uint8Array {
    const raw = Buffer.allocUnsafe(piece.sizeBytes);
    try {
      this.#open(piece.absolute);
      for (let at = 0; at < raw.length; ) {
        const got = readSync(this.#descriptor, raw, at, raw.length - at, piece.offset + at);
        if (got === 0) throw fileChanged(piece);
        at += got;
      }
    } catch (error) {
      throw toPushError(error, piece);
    }
    return raw;
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== -1) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  #open(absolute: string): void {
    if (this.#descriptor !== -1 && this.#absolute === absolute) return;
    this[Symbol.dispose]();
    this.#descriptor = openSync(absolute, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    this.#absolute = absolute;
  }
}

function joinBytes(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  // A buffer of its own, not a slice of a pool: it is moved to another thread.
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function toPushError(error: unknown, piece: PackPiece): unknown {
  const reason = (error as NodeJS.ErrnoException).code;
  if (reason === undefined || !(error instanceof Error) || !('syscall' in error)) return error;
  if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ESTALE'].includes(reason)) return fileChanged(piece, error);
  return scanErrors.error('SCAN_UNREADABLE', { path: piece.path, reason }, error);
}

function fileChanged({ path }: PackPiece, cause?: unknown): Error {
  return pushErrors.error('PUSH_FILE_CHANGED', { path }, cause);
}
