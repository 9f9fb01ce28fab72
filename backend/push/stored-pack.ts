import { createHash } from 'node:crypto';
import { AppError } from '../../patcher/errors.ts';
import type { ChunkTable } from '../../patcher/formats/manifest.ts';
import { decodeChunk } from '../../patcher/formats/pack-format.ts';
import { sha256BytesAt } from '../../patcher/formats/sha256.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { pushErrors } from './errors.ts';

export interface StoredPack {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Read a pack from storage once, front to back, and hold it against its name and the manifest: the object's hash,
 * and every frame the manifest places in it. Memory: one frame and one read.
 * @param rows Rows of `chunks` that lie in this pack, by offset.
 * @throws {AppError} `PUSH_PACK_MISSING`, `PUSH_PACK_DAMAGED`, `STORAGE_UNAVAILABLE`
 */
export async function verifyStoredPack(
  store: ObjectStore,
  pack: StoredPack,
  chunks: ChunkTable,
  rows: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const head = await store.head(pack.key);
  if (head === undefined) throw pushErrors.error('PUSH_PACK_MISSING', { pack: pack.sha256 });
  if (head.sizeBytes !== pack.sizeBytes) {
    throw damaged(pack, `it has ${head.sizeBytes} bytes, not ${pack.sizeBytes}.`);
  }
  const cutter = createFrameCutter(pack, chunks, rows);
  const hash = createHash('sha256');
  const { stream } = await store.read(pack.key);
  for await (const piece of stream) {
    signal.throwIfAborted();
    hash.update(piece as Buffer);
    cutter.push(piece as Buffer);
  }
  if (hash.digest('hex') !== pack.sha256) throw damaged(pack, 'its bytes have another hash.');
  cutter.end();
}

/** Gathers the frames from the pieces of a stream and checks each. */
function createFrameCutter(pack: StoredPack, chunks: ChunkTable, rows: readonly number[]) {
  let next = 0;
  let position = 0;
  let frame: Buffer | undefined;
  let lastEnd = 0;

  const begin = (row: number): Buffer => {
    const offset = chunks.offset[row] as number;
    if (offset < lastEnd) throw damaged(pack, 'two chunks are said to overlap in it.');
    lastEnd = offset + (chunks.packedBytes[row] as number);
    return Buffer.allocUnsafe(chunks.packedBytes[row] as number);
  };

  return {
    push: (piece: Buffer): void => {
      const pieceEnd = position + piece.length;
      for (; next < rows.length; next += 1) {
        const row = rows[next] as number;
        const start = chunks.offset[row] as number;
        if (start >= pieceEnd) break;
        frame ??= begin(row);
        const from = Math.max(start, position);
        const until = Math.min(start + frame.length, pieceEnd);
        piece.copy(frame, from - start, from - position, until - position);
        if (until < start + frame.length) break;
        checkFrame(pack, chunks, row, frame);
        frame = undefined;
      }
      position = pieceEnd;
    },
    end: (): void => {
      if (next < rows.length) throw damaged(pack, 'a chunk is said to lie beyond its end.');
    },
  };
}

function checkFrame(pack: StoredPack, chunks: ChunkTable, row: number, frame: Buffer): void {
  try {
    decodeChunk(frame, {
      sizeBytes: chunks.sizeBytes[row] as number,
      sha256: sha256BytesAt(chunks.sha256, row),
    });
  } catch (error) {
    if (error instanceof AppError) throw damaged(pack, error.message, error);
    throw error;
  }
}

function damaged(pack: StoredPack, reason: string, cause?: unknown): AppError {
  return pushErrors.error('PUSH_PACK_DAMAGED', { pack: pack.sha256, reason }, cause);
}
