import { createHash } from 'node:crypto';
import { AppError } from '../../../errors.ts';
import { decodeFrame } from '../../../formats/pack-format.ts';
import { computeSha256Bytes, equalSha256, sha256At, sha256BytesAt } from '../../../formats/sha256.ts';
import { findStored } from '../../../formats/stored-frame.ts';
import type { SpanFile, SpanTask } from './write-span.ts';

/** Bytes of a file that are what they should be. */
export interface Piece {
  readonly offset: number;
  /** In one part or several, which follow each other. */
  readonly bytes: readonly Uint8Array[];
}

export interface RightPieces {
  readonly pieces: readonly Piece[];
  /** True when they are the file, all of it. */
  readonly isWhole: boolean;
}

interface DecodedChunk {
  /** In one part or several; undefined where a frame does not decode to as many bytes as it should. */
  readonly bytes: readonly Uint8Array[] | undefined;
}

/** The chunks of a span, decoded and hashed once each, and not even that where the hash of a file says as much. */
export class SpanChunks {
  readonly #task: SpanTask;
  /** Those that were asked for. */
  readonly #chunks: DecodedChunk[] = [];
  /** Memory of its own that some of them take. */
  readonly #decoded: Uint8Array[] = [];
  /** What is known of each chunk's hash. */
  readonly #right: (boolean | undefined)[];

  constructor(task: SpanTask) {
    this.#task = task;
    this.#right = Array.from(task.frames.offset, () => undefined);
  }

  rightPiecesOf(file: SpanFile): RightPieces {
    const whole = file.isWhole && file.pieces.length > 1 ? this.#wholePiecesOf(file) : undefined;
    if (whole !== undefined) return { pieces: whole, isWhole: true };
    const pieces = file.pieces.flatMap(({ frame, offset }): Piece[] => {
      const bytes = this.#isWritten(frame, file) ? this.#chunkAt(frame) : undefined;
      return bytes === undefined ? [] : [{ offset, bytes }];
    });
    return { pieces, isWhole: file.isWhole && pieces.length > 0 && this.#isOneChunk(file) };
  }

  /** @returns Indexes of frames that are known not to be the chunk they should be. */
  findWrong(): number[] {
    return [...this.#right.keys()].filter(
      (frame) => !(this.#right[frame] ?? this.#chunkAt(frame) !== undefined),
    );
  }

  /** Give the memory back at once: such buffers would be garbage faster than it is collected. */
  free(): void {
    for (const { buffer } of this.#decoded) {
      // Node's pool of small buffers, in which others lie as well, is left alone.
      if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
    }
  }

  /** @returns undefined when the file has not its hash. Where it has, so have its chunks. */
  #wholePiecesOf(file: SpanFile): Piece[] | undefined {
    const hash = createHash('sha256');
    const pieces: Piece[] = [];
    for (const { frame, offset } of file.pieces) {
      const bytes = this.#chunkAt(frame);
      if (bytes === undefined) return undefined;
      for (const part of bytes) hash.update(part);
      pieces.push({ offset, bytes });
    }
    if (hash.digest('hex') !== file.sha256) return undefined;
    for (const { frame } of file.pieces) this.#right[frame] = true;
    return pieces;
  }

  /** A file of one chunk has the chunk's hash. */
  #isOneChunk({ pieces: [first, second], sha256 }: SpanFile): boolean {
    if (first === undefined || second !== undefined) return false;
    return sha256At(this.#task.frames.sha256, first.frame) === sha256;
  }

  #isWritten(frame: number, { isHashedLater }: SpanFile): boolean {
    return isHashedLater ? this.#right[frame] !== false : this.#isRight(frame);
  }

  #isRight(frame: number): boolean {
    const chunk = this.#chunkAt(frame);
    this.#right[frame] ??=
      chunk !== undefined && equalSha256(hashParts(chunk), sha256BytesAt(this.#task.frames.sha256, frame));
    return this.#right[frame];
  }

  #chunkAt(frame: number): DecodedChunk['bytes'] {
    // When it is wanted, not all at once: those of small files are many, and the thread that fetches has more to do.
    return (this.#chunks[frame] ??= { bytes: this.#decode(frame) }).bytes;
  }

  #decode(frame: number): DecodedChunk['bytes'] {
    const { packed, frames } = this.#task;
    const offset = frames.offset[frame] as number;
    const bytes = packed.subarray(offset, offset + (frames.packedBytes[frame] as number));
    const sizeBytes = frames.sizeBytes[frame] as number;
    const stored = findStored(bytes, sizeBytes);
    if (stored !== undefined) return stored;
    try {
      const decoded = decodeFrame(bytes, sizeBytes);
      this.#decoded.push(decoded);
      return [decoded];
    } catch (error) {
      if (error instanceof AppError && error.family === 'integrity') return undefined;
      throw error;
    }
  }
}

function hashParts(parts: readonly Uint8Array[]): Uint8Array {
  const [first, second] = parts;
  if (first !== undefined && second === undefined) return computeSha256Bytes(first);
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
