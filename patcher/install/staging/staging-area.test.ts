import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { FileEntry, Manifest } from '../../formats/manifest.ts';
import { computeSha256 } from '../../formats/sha256.ts';
import type { ByteIntervals } from '../../plan/byte-intervals.ts';
import { manifestOf } from '../../testing/builds/chunk-manifest.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { Journal } from '../state/journal.ts';
import { StagedFolders } from './staged-folders.ts';
import { StagingArea } from './staging-area.ts';
import { WriterThreads } from './writing/writer-threads.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-staging-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const PIECE_BYTES = 700_000;
const PIECES = 20;
const random = new SeededRandom(5);
const content = Uint8Array.from(random.bytes(PIECE_BYTES * PIECES));
const inOrder = Array.from({ length: PIECES }, (_, piece) => piece);

/** Staging of one file, of which pieces are written as threads do. */
async function startStaging(name: string, threads?: WriterThreads) {
  const staging = path.join(scratch, name);
  mkdirSync(staging);
  const sample = manifestOf({ file: ['chunk'] });
  const file = {
    ...(sample.entries[0] as FileEntry),
    sizeBytes: content.length,
    sha256: computeSha256(content),
  };
  const next: Manifest = { ...sample, entries: [file] };
  const build = { buildId: 1, version: '1', manifestSha256: file.sha256 };
  const journal = await Journal.create(path.join(scratch, `${name}.journal`), {
    job: 'build',
    build,
    keepReplaced: false,
  });
  const staged = new Map<number, ByteIntervals | 'complete'>();
  const folders = new StagedFolders(staging, next, []);
  const area = new StagingArea({
    folders,
    next,
    journal,
    staged,
    stagedFiles: new Map(),
    onWritten: () => {},
    threads,
  });
  const write = (offset: number, bytes: Uint8Array) => {
    const written = openSync(area.pathOf(0), constants.O_RDWR | constants.O_CREAT);
    writeSync(written, bytes, 0, bytes.length, offset);
    closeSync(written);
  };
  const bytesOf = (piece: number) => content.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
  return {
    area,
    takePiece: async (piece: number, bytes = bytesOf(piece)) => {
      write(piece * PIECE_BYTES, bytes);
      await area.take(0, piece * PIECE_BYTES, bytes.length);
    },
    staged: area.pathOf(0),
    end: async () => {
      const wrong = await area.settle();
      await area.close();
      await journal.close();
      return wrong;
    },
  };
}

it.each([
  { order: 'from front to back', pieces: inOrder },
  { order: 'from back to front', pieces: inOrder.toReversed() },
  { order: 'with the first half last', pieces: [...inOrder.slice(10), ...inOrder.slice(0, 10)] },
  { order: 'with one missing until the end', pieces: [...inOrder.toSpliced(3, 1), 3] },
])('a file is complete when its pieces were taken $order', async ({ order, pieces }) => {
  const { area, takePiece, end } = await startStaging(order);
  for (const piece of pieces) await takePiece(piece);
  expect(await end()).toEqual([]);
  expect(area.isComplete(0)).toBe(true);
});

it('a file is complete when a piece that was hashed already was written anew', async () => {
  const { area, takePiece, end } = await startStaging('anew');
  for (const piece of inOrder.slice(0, -1))
    await takePiece(piece, piece === 2 ? Uint8Array.from(content.subarray(0, PIECE_BYTES)) : undefined);
  await takePiece(2);
  await takePiece(PIECES - 1);
  expect(await end()).toEqual([]);
  expect(area.isComplete(0)).toBe(true);
});

it('a file with a byte that is not what was taken for right is not complete', async () => {
  const { area, takePiece, end } = await startStaging('wrong');
  for (const piece of inOrder) {
    const bytes = Uint8Array.from(content.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES));
    if (piece === 4) bytes[9] = (bytes[9] as number) ^ 1;
    await takePiece(piece, bytes);
  }
  expect(await end()).toEqual([0]);
  expect(area.isComplete(0)).toBe(false);
});

it('a file is checked by a thread where there are some, and made anew of what is right of it', async () => {
  const threads = new WriterThreads();
  await using _ = threads.use();
  threads.prepare();
  const { area, takePiece, staged, end } = await startStaging('by a thread', threads);
  for (const piece of inOrder)
    await takePiece(piece, piece === 4 ? Uint8Array.from(content.subarray(0, PIECE_BYTES)) : undefined);
  expect(await area.settle()).toEqual([0]);
  expect(area.isComplete(0)).toBe(false);
  for (const piece of inOrder) await takePiece(piece);
  expect(await end()).toEqual([]);
  expect(area.isComplete(0)).toBe(true);
  expect(statSync(staged).mode & 0o777).toBe(0o644);
});

it('a thread says what it could not do with a file', async () => {
  const threads = new WriterThreads();
  await using _ = threads.use();
  threads.prepare();
  const { area, takePiece, staged, end } = await startStaging('not by a thread', threads);
  for (const piece of inOrder.slice(1)) await takePiece(piece);
  rmSync(staged);
  mkdirSync(staged);
  await area.take(0, 0, PIECE_BYTES);
  await expect(end()).rejects.toMatchObject({ code: 'INSTALL_STORAGE_FAILED' });
  expect(area.isComplete(0)).toBe(false);
});
