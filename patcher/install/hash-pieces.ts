import { closeSync, constants, openSync, readSync } from 'node:fs';
import { computeSha256Bytes, equalSha256, sha256BytesAt } from '../formats/sha256.ts';
import type { ReportBytes } from '../threads/task-server.ts';

/** Some chunks of one file, one after the other. */
export interface FilePiece {
  readonly absolute: string;
  /** Where its first chunk begins. */
  readonly offset: number;
  readonly chunkBytes: Uint32Array;
  /** `32 × chunks` bytes: what each should hash to. */
  readonly sha256: Uint8Array;
}

/** A range that does not hash to what it should, or is not there. */
export interface WrongRange {
  /** Index of the piece. */
  readonly piece: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Hash pieces and name the chunks that are wrong. A file that cannot be read is wrong in all of them. */
export function hashPieces(pieces: readonly FilePiece[], report: ReportBytes): WrongRange[] {
  return pieces.flatMap((piece, index) => {
    const descriptor = openOrUndefined(piece.absolute);
    try {
      return hashPiece(piece, descriptor, report).map((range) => ({ piece: index, ...range }));
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  });
}

function hashPiece(
  piece: FilePiece,
  descriptor: number | undefined,
  report: ReportBytes,
): Omit<WrongRange, 'piece'>[] {
  const wrong: Omit<WrongRange, 'piece'>[] = [];
  let offset = piece.offset;
  // One for all chunks: a buffer each would be garbage faster than it is collected.
  const room = Buffer.allocUnsafe(piece.chunkBytes.reduce((most, sizeBytes) => Math.max(most, sizeBytes), 0));
  piece.chunkBytes.forEach((sizeBytes, row) => {
    const into = room.subarray(0, sizeBytes);
    const bytes = descriptor === undefined ? undefined : readOrUndefined(descriptor, offset, into);
    const right =
      bytes !== undefined && equalSha256(computeSha256Bytes(bytes), sha256BytesAt(piece.sha256, row));
    if (!right) wrong.push({ offset, sizeBytes });
    offset += sizeBytes;
    report(sizeBytes);
  });
  return wrong;
}

function openOrUndefined(absolute: string): number | undefined {
  try {
    return openSync(absolute, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch {
    // Whatever forbids reading it, the file cannot be played: it is reported as damage and made anew.
    return undefined;
  }
}

function readOrUndefined(descriptor: number, offset: number, bytes: Uint8Array): Uint8Array | undefined {
  try {
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
      if (read === 0) return undefined;
      done += read;
    }
    return bytes;
  } catch {
    // A failing sector: damage like any other.
    return undefined;
  }
}
