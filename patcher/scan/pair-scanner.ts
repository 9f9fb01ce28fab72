import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { ChunkingParameters, Sha256 } from '../formats/manifest.ts';
import { computeSha256, EMPTY_SHA256 } from '../formats/sha256.ts';
import { scanErrors } from './scan-errors.ts';
import { type FileScan, FileScanner, type FileToScan, readFile } from './scan-file.ts';

/** Files up to this size are read whole: where they differ, they are scanned without being read again. */
const WHOLE_BYTES_MAX = 2 ** 19;
/** Of larger ones so much is compared at once; both sides stay in the processor's cache for the hash. */
const PIECE_BYTES = 2 ** 18;

/** A file of each tree, or of one alone. */
export interface FilePair<File> {
  readonly oldFile: File | undefined;
  readonly newFile: File | undefined;
}

export interface ScannedFilePair {
  readonly oldScan: FileScan | undefined;
  readonly newScan: FileScan | undefined;
  /** Whether all their bytes are equal. */
  readonly isSame: boolean;
}

/**
 * Reads two files side by side, each once. Those whose bytes are equal, which most are, are hashed once for both, and not cut:
 * each is told as a single chunk.
 */
export class PairScanner {
  readonly #scanner: FileScanner;
  readonly #cutsOld: boolean;
  readonly #oldBytes = Buffer.allocUnsafe(WHOLE_BYTES_MAX);

  /** @param cutsOld Whether old files that changed are cut; else they are told as a single chunk, too. */
  constructor(chunking: ChunkingParameters, cutsOld: boolean) {
    this.#scanner = new FileScanner(chunking);
    this.#cutsOld = cutsOld;
  }

  /** @throws {AppError} `SCAN_FILE_CHANGED`, `SCAN_UNREADABLE`. */
  scan({ oldFile, newFile }: FilePair<FileToScan>): ScannedFilePair {
    const sizeBytes = newFile?.stamp.sizeBytes ?? 0;
    if (
      oldFile !== undefined &&
      newFile !== undefined &&
      oldFile.stamp.sizeBytes === sizeBytes &&
      sizeBytes > 0
    ) {
      return sizeBytes <= WHOLE_BYTES_MAX
        ? this.#scanWhole(oldFile, newFile)
        : this.#scanPieces(oldFile, newFile);
    }
    return this.#scanApart({ oldFile, newFile });
  }

  #scanApart({ oldFile, newFile }: FilePair<FileToScan>): ScannedFilePair {
    return {
      oldScan: oldFile && (this.#cutsOld ? this.#scanner.scan(oldFile) : this.#hash(oldFile)),
      newScan: newFile && this.#scanner.scan(newFile),
      isSame: false,
    };
  }

  #scanWhole(oldFile: FileToScan, newFile: FileToScan): ScannedFilePair {
    const { sizeBytes } = newFile.stamp;
    const newRoom = this.#scanner.room;
    readFile(oldFile, (descriptor) => this.#readInto(descriptor, oldFile, this.#oldBytes, 0));
    readFile(newFile, (descriptor) => this.#readInto(descriptor, newFile, newRoom, 0));
    const oldBytes = this.#oldBytes.subarray(0, sizeBytes);
    const newBytes = newRoom.subarray(0, sizeBytes);
    if (oldBytes.equals(newBytes)) return bothAs(toWholeScan(computeSha256(newBytes), sizeBytes));
    const newScan = this.#scanner.scanHeld(sizeBytes);
    if (!this.#cutsOld)
      return { oldScan: toWholeScan(computeSha256(oldBytes), sizeBytes), newScan, isSame: false };
    newRoom.set(oldBytes);
    return { oldScan: this.#scanner.scanHeld(sizeBytes), newScan, isSame: false };
  }

  #scanPieces(oldFile: FileToScan, newFile: FileToScan): ScannedFilePair {
    const sha256 = readFile(oldFile, (oldDescriptor) =>
      readFile(newFile, (newDescriptor) =>
        this.#hashEqual({ oldFile, oldDescriptor, newFile, newDescriptor }),
      ),
    );
    if (sha256 === undefined) return this.#scanApart({ oldFile, newFile });
    return bothAs(toWholeScan(sha256, newFile.stamp.sizeBytes));
  }

  /** @returns `undefined` as soon as a piece differs. */
  #hashEqual({ oldFile, oldDescriptor, newFile, newDescriptor }: OpenedPair): Sha256 | undefined {
    const { sizeBytes } = newFile.stamp;
    const newRoom = this.#scanner.room.subarray(0, PIECE_BYTES);
    const oldRoom = this.#oldBytes.subarray(0, PIECE_BYTES);
    const hash = createHash('sha256');
    for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, sizeBytes - at);
      const oldPiece = oldRoom.subarray(0, length);
      const newPiece = newRoom.subarray(0, length);
      this.#readInto(oldDescriptor, oldFile, oldPiece, at);
      this.#readInto(newDescriptor, newFile, newPiece, at);
      if (!oldPiece.equals(newPiece)) return undefined;
      hash.update(newPiece);
    }
    return hash.digest('hex') as Sha256;
  }

  /** A file as one chunk. */
  #hash(file: FileToScan): FileScan {
    const { sizeBytes } = file.stamp;
    const hash = createHash('sha256');
    readFile(file, (descriptor) => {
      const room = this.#oldBytes.subarray(0, PIECE_BYTES);
      for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
        const piece = room.subarray(0, Math.min(PIECE_BYTES, sizeBytes - at));
        this.#readInto(descriptor, file, piece, at);
        hash.update(piece);
      }
    });
    return toWholeScan(hash.digest('hex') as Sha256, sizeBytes);
  }

  /** Read the file's bytes from an offset on, as many as the room has or the file is listed with. */
  #readInto(descriptor: number, { path, stamp }: FileToScan, room: Buffer, offset: number): void {
    const wanted = Math.min(room.length, stamp.sizeBytes - offset);
    for (let done = 0; done < wanted; ) {
      const got = readSync(descriptor, room, done, wanted - done, offset + done);
      if (got === 0) throw scanErrors.error('SCAN_FILE_CHANGED', { path });
      done += got;
    }
  }
}

interface OpenedPair {
  readonly oldFile: FileToScan;
  readonly oldDescriptor: number;
  readonly newFile: FileToScan;
  readonly newDescriptor: number;
}

function bothAs(scan: FileScan): ScannedFilePair {
  return { oldScan: scan, newScan: scan, isSame: true };
}

function toWholeScan(sha256: Sha256, sizeBytes: number): FileScan {
  if (sizeBytes === 0)
    return { sha256: EMPTY_SHA256, chunkSizes: new Uint32Array(), chunkSha256: new Uint8Array() };
  return { sha256, chunkSizes: Uint32Array.of(sizeBytes), chunkSha256: Buffer.from(sha256, 'hex') };
}
