import { closeSync, constants, fchmodSync, fstatSync } from 'node:fs';
import { SHA256_BYTES } from '../../../formats/sha256.ts';
import type { Flushes } from '../../disk/flushes.ts';
import type { SharedTurn } from '../../../threads/slices.ts';
import {
  type CompleteFile,
  type FailedFile,
  flushMade,
  type MadeFile,
  openOwn,
  outcomeOf,
} from './made-file.ts';
import { type Piece, type RightPieces, SpanChunks } from './span-chunks.ts';
import { writePieces, writeWhole } from './write-pieces.ts';

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
  /** True when these are hashed with all of the file once it is full, and need no hash of their own before. */
  readonly isHashedLater: boolean;
  /** In order of offset. */
  readonly pieces: readonly SpanPiece[];
}

/** What all spans share that a thread writes. */
export interface SpanThread {
  readonly flushes: Flushes;
  readonly turn: SharedTurn;
}

/** A chunk's place in a file; `frame` is an index into the span's. */
export interface SpanPiece {
  readonly frame: number;
  readonly offset: number;
}

/** What came of a span. */
export interface SpanOutcome {
  /** Indexes of the frames that are not the chunk they should be, as far as they were hashed; nothing was written of them. */
  readonly wrong: readonly number[];
  /** For each file. */
  readonly files: readonly FileOutcome[];
}

export type FileOutcome =
  | CompleteFile
  | FailedFile
  /** Those of its pieces that are right are written; no more is known. */
  | { readonly kind: 'written' };

/** A chunk that lies at several places counts at each. */
export function countWrittenBytes({ frames, files }: SpanTask): number {
  const sizes = files.flatMap(({ pieces }) => pieces.map(({ frame }) => frames.sizeBytes[frame] as number));
  return sizes.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
}

/**
 * Decode the chunks of a span, check them and write them to their files; those of a file that is hashed later must only
 * decode. A file that lies in the span whole is checked against its own hash, gets its mode and is flushed. Calls that only
 * change memory are waited for where they are made: a small file takes four, and the way of each to another thread and back
 * would take longer than the call. Flushes are not waited for until all of it is written, and a thread may write the next span
 * meanwhile.
 */
export async function writeSpan(task: SpanTask, { flushes, turn }: SpanThread): Promise<SpanOutcome> {
  const chunks = new SpanChunks(task);
  const outcomes = new Outcomes(task.files.length);
  for (const [index, file] of task.files.entries()) {
    if (flushes.isFull) await flushes.hasRoom();
    // Where a flush is nothing, no other thing would have its turn before the span is written.
    while (turn.isOver) await turn.next();
    writeFile(file, chunks.rightPiecesOf(file), flushes, (outcome) => outcomes.take(index, outcome));
  }
  const wrong = chunks.findWrong();
  // All of it is written; only flushes are waited for.
  chunks.free();
  return { wrong, files: await outcomes.all };
}

/** What comes of some files, in any order. */
class Outcomes {
  readonly #files: FileOutcome[] = [];
  readonly #all = Promise.withResolvers<readonly FileOutcome[]>();
  #missing: number;

  constructor(count: number) {
    this.#missing = count;
    if (count === 0) this.#all.resolve([]);
  }

  get all(): Promise<readonly FileOutcome[]> {
    return this.#all.promise;
  }

  take(index: number, outcome: FileOutcome): void {
    this.#files[index] = outcome;
    if (--this.#missing === 0) this.#all.resolve(this.#files);
  }
}

/**
 * @param done Called once, perhaps before this returns.
 * @throws What is our own mistake; what goes wrong with the file is the outcome.
 */
function writeFile(
  file: SpanFile,
  { pieces, isWhole }: RightPieces,
  flushes: Flushes,
  done: (outcome: FileOutcome) => void,
): void {
  if (pieces.length === 0) done({ kind: 'written' });
  else if (!isWhole) done(outcomeOf(() => writePart(file, pieces)));
  else {
    const made = outcomeOf(() => makeFile(file, pieces));
    if (made.kind === 'failed') done(made);
    else flushMade(file, made, flushes, done);
  }
}

function writePart({ staged }: SpanFile, pieces: readonly Piece[]): FileOutcome {
  const descriptor = openOwn(staged, 0o600);
  try {
    writePieces(descriptor, pieces);
  } finally {
    closeSync(descriptor);
  }
  return { kind: 'written' };
}

function makeFile({ staged, mode }: SpanFile, pieces: readonly Piece[]): MadeFile {
  const descriptor = openOwn(staged, mode, constants.O_TRUNC);
  try {
    writeWhole(descriptor, pieces);
    const { size, mtimeMs, mode: actual } = fstatSync(descriptor);
    // It was there before, or umask took bits away when it was made: this sets exactly the manifest's.
    if ((actual & 0o777) !== mode) fchmodSync(descriptor, mode);
    return { kind: 'made', descriptor, file: { sizeBytes: size, modifiedMs: mtimeMs } };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
