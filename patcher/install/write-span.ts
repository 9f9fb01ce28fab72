import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { AppError, type ErrorData } from '../errors.ts';
import { SHA256_BYTES } from '../formats/sha256.ts';
import { partByZeros, readsAsZerosSync } from './file-holes.ts';
import { hasErrno, installErrors, toInstallError } from './install-errors.ts';
import type { StagedFile } from './journal-format.ts';
import { type Piece, type RightPieces, SpanChunks } from './span-chunks.ts';

/** Some chunks that follow each other in a pack, and the files in staging they belong to. */
export interface SpanTask {
  /** The bytes of the pack from the first chunk to the last; nobody changes them before it is done. */
  readonly packed: Uint8Array;
  readonly frames: SpanFrames;
  readonly files: readonly SpanFile[];
}

/** Chunks as they are packed, as columns; offsets count from the span's first byte. */
export interface SpanFrames {
  readonly offset: Uint32Array;
  readonly packedBytes: Uint32Array;
  readonly sizeBytes: Uint32Array;
  /** `32 × chunks` bytes. */
  readonly sha256: Uint8Array;
}

/** Columns of `count` rows, all zero, to be filled in. */
export function createFrames(count: number): SpanFrames {
  return {
    offset: new Uint32Array(count),
    packedBytes: new Uint32Array(count),
    sizeBytes: new Uint32Array(count),
    sha256: new Uint8Array(count * SHA256_BYTES),
  };
}

/** What a span holds of one file. */
export interface SpanFile {
  readonly entry: number;
  /** Its tree path. */
  readonly path: string;
  /** Where it is staged. */
  readonly staged: string;
  readonly mode: number;
  readonly sha256: string;
  /** True when this is all of it, and nothing of it is staged. */
  readonly isWhole: boolean;
  /** In order of offset. */
  readonly pieces: readonly SpanPiece[];
}

/** A chunk's place in a file; `frame` is an index into the span's. */
export interface SpanPiece {
  readonly frame: number;
  readonly offset: number;
}

/** What came of a span. */
export interface SpanOutcome {
  /** Indexes of the frames that are not the chunk they should be; nothing was written of them. */
  readonly wrong: readonly number[];
  /** For each file. */
  readonly files: readonly FileOutcome[];
}

export type FileOutcome =
  /** It has its hash and its mode, and was flushed. */
  | { readonly kind: 'complete'; readonly file: StagedFile }
  /** Those of its pieces that are right are written; no more is known. */
  | { readonly kind: 'written' }
  | { readonly kind: 'failed'; readonly error: ErrorData };

/** A chunk that lies at several places counts at each. */
export function countWrittenBytes({ frames, files }: SpanTask): number {
  const sizes = files.flatMap(({ pieces }) => pieces.map(({ frame }) => frames.sizeBytes[frame] as number));
  return sizes.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
}

/** Made once: making it takes longer than many a flush. */
const flush = promisify(fsync);

/** Files of a span that wait for their flush at once; on all threads together well below the 256 some systems allow. */
const FLUSHES_MAX = 32;

/**
 * Decode the chunks of a span, check them and write them to their files. A file that lies in the span whole is checked
 * against its own hash, gets its mode and is flushed. Calls that only change memory are waited for where they are made: a
 * small file takes six, and the way of each to another thread and back would take longer than the call. Flushes go on
 * side by side, since a disk does many at once.
 */
export async function writeSpan(task: SpanTask): Promise<SpanOutcome> {
  const chunks = new SpanChunks(task);
  const written: Promise<FileOutcome>[] = [];
  for (const [index, file] of task.files.entries()) {
    await written[index - FLUSHES_MAX];
    const outcome = writeFile(file, chunks.rightPiecesOf(file));
    // Heard of below.
    outcome.catch(() => {});
    written.push(outcome);
  }
  const wrong = chunks.findWrong();
  // All of it is written; only flushes are waited for.
  chunks.free();
  return { wrong, files: await Promise.all(written) };
}

/** @throws What is our own mistake; what goes wrong with the file is the outcome. */
async function writeFile(file: SpanFile, { pieces, isWhole }: RightPieces): Promise<FileOutcome> {
  if (pieces.length === 0) return { kind: 'written' };
  try {
    const descriptor = openOwn(file.staged, isWhole ? constants.O_TRUNC : 0);
    try {
      let writtenTo = 0;
      for (const piece of pieces) writtenTo = Math.max(writtenTo, writePiece(descriptor, piece, isWhole));
      if (isWhole && writtenTo < endOf(pieces)) ftruncateSync(descriptor, endOf(pieces));
      return isWhole ? { kind: 'complete', file: await finish(descriptor, file) } : { kind: 'written' };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const known = toInstallError(error);
    if (!(known instanceof AppError)) throw known;
    return { kind: 'failed', error: known.toData() };
  }
}

async function finish(descriptor: number, { path, staged, mode }: SpanFile): Promise<StagedFile> {
  // umask took bits away when the file was made; this sets exactly the manifest's.
  fchmodSync(descriptor, mode);
  try {
    await flush(descriptor);
  } catch (error) {
    // The kernel may call lost pages clean, so the file is never flushed again but made anew.
    unlinkSync(staged);
    throw installErrors.error('INSTALL_DISK_FAILING', { path }, error);
  }
  const { size, mtimeMs } = fstatSync(descriptor);
  return { sizeBytes: size, modifiedMs: mtimeMs };
}

/**
 * @param isFresh True when nothing lies there yet; else what lies where zeros belong may be of an attempt that failed.
 * @returns Where in the file the last byte ends that was written; 0 when all were left out.
 */
function writePiece(descriptor: number, { offset, bytes }: Piece, isFresh: boolean): number {
  let writtenTo = 0;
  for (const { start, end, isZero } of partByZeros(bytes, offset)) {
    if (isZero && (isFresh || readsAsZerosSync(descriptor, offset + start, offset + end))) continue;
    for (let done = start; done < end; ) {
      done += writeSync(descriptor, bytes, done, end - done, offset + done);
    }
    writtenTo = offset + end;
  }
  return writtenTo;
}

function endOf(pieces: readonly Piece[]): number {
  return pieces.reduce((end, { offset, bytes }) => Math.max(end, offset + bytes.length), 0);
}

/** O_NOFOLLOW: the name must be ours. Staging is private (0700), so nobody else can plant one. */
function openOwn(file: string, more = 0): number {
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | more;
  try {
    return openSync(file, flags, 0o600);
  } catch (error) {
    if (!hasErrno(error, 'EACCES')) throw error;
  }
  // A job that was killed had already given it the manifest's mode, which may forbid writing.
  chmodSync(file, 0o600);
  return openSync(file, flags);
}
