import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeChunk } from '../../../formats/pack-format.ts';
import { computeSha256, computeSha256Bytes } from '../../../formats/sha256.ts';
import { SeededRandom } from '../../../testing/random-bytes.ts';
import { WriterThreads } from './writer-threads.ts';
import { SpanWriters } from './span-writers.ts';
import { createFrames, type SpanOutcome, type SpanTask } from './write-span.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gantry-spans-'));
afterAll(() => rmSync(folder, { recursive: true }));

const random = new SeededRandom(3);
const contents = Array.from({ length: 11 }, () => Uint8Array.from(random.bytes(2 ** 20)));

function taskOf(entry: number, bytes: Uint8Array, sha256 = computeSha256Bytes(bytes)): SpanTask {
  const packed = Uint8Array.from(encodeChunk(bytes, 1));
  const staged = path.join(folder, String(entry));
  const file = { entry, path: `file ${entry}`, staged, mode: 0o640, sha256: computeSha256(bytes) };
  const frames = createFrames(1);
  frames.packedBytes[0] = packed.length;
  frames.sizeBytes[0] = bytes.length;
  frames.sha256.set(sha256);
  return {
    packed,
    frames,
    files: [{ ...file, isWhole: true, isHashedLater: false, pieces: [{ frame: 0, offset: 0 }] }],
  };
}

it.each([
  { where: 'here', expectedBytes: 1 },
  { where: 'on threads', expectedBytes: 11 * 2 ** 20 },
])('writes whole files $where, and names what is wrong or cannot be written', async ({ expectedBytes }) => {
  const threads = new WriterThreads();
  await using _ = threads.use();
  await using writers = new SpanWriters(threads, expectedBytes);
  const written = contents.map((bytes, entry) => writers.write(taskOf(entry, bytes)));
  for (const [entry, bytes] of contents.entries()) {
    const { wrong, files } = (await written[entry]) as SpanOutcome;
    expect(wrong).toEqual([]);
    expect(files).toMatchObject([{ kind: 'complete', file: { sizeBytes: bytes.length } }]);
    expect(readFileSync(path.join(folder, String(entry))).equals(bytes)).toBe(true);
  }
  const bytes = contents[0] as Uint8Array;
  const other = await writers.write(taskOf(20, bytes, computeSha256Bytes(Uint8Array.of(1))));
  expect(other).toEqual({ wrong: [0], files: [{ kind: 'written' }] });
  const task = taskOf(21, bytes);
  const nowhere = task.files.map((file) => ({ ...file, staged: path.join(folder, 'none', 'at all') }));
  const failed = await writers.write({ ...task, files: nowhere });
  expect(failed.files).toMatchObject([{ kind: 'failed', error: { code: 'INSTALL_STORAGE_FAILED' } }]);
});

const STEP = 64 * 1024;
/** Zeros in front, in the middle and at the end, some of them too few to be left out. */
function withZeros(): Uint8Array {
  const bytes = new Uint8Array(16 * STEP);
  bytes.set(random.bytes(STEP), 3 * STEP);
  bytes.set(random.bytes(STEP), 5 * STEP - 100);
  bytes.set([1], 9 * STEP + 5);
  return bytes;
}

it('leaves zeros out of whole files, at the end too', async () => {
  const threads = new WriterThreads();
  await using _ = threads.use();
  await using writers = new SpanWriters(threads, 1);
  const bytes = withZeros();
  const { files } = await writers.write(taskOf(30, bytes));
  expect(files).toMatchObject([{ kind: 'complete', file: { sizeBytes: bytes.length } }]);
  const staged = path.join(folder, '30');
  expect(readFileSync(staged).equals(bytes)).toBe(true);
  if (process.platform === 'linux') expect(statSync(staged).blocks * 512).toBeLessThanOrEqual(6 * STEP);
});

it('writes zeros where a part of a file holds something else', async () => {
  const threads = new WriterThreads();
  await using _ = threads.use();
  await using writers = new SpanWriters(threads, 1);
  const bytes = withZeros();
  const { files, ...task } = taskOf(31, bytes);
  const staged = path.join(folder, '31');
  writeFileSync(staged, random.bytes(10 * STEP));
  const parts = { ...task, files: files.map((file) => ({ ...file, isWhole: false })) };
  expect((await writers.write(parts)).files).toEqual([{ kind: 'written' }]);
  const held = readFileSync(staged);
  expect(held.equals(bytes.subarray(0, held.length))).toBe(true);
  expect(held.length).toBe(10 * STEP);
});

it('is not done with before all that was begun on threads is written, though they stay', async () => {
  const threads = new WriterThreads({ restMs: 100 });
  await using _ = threads.use();
  const begun = contents.slice(0, 4).map((bytes, index) => taskOf(40 + index, bytes));
  {
    await using writers = new SpanWriters(threads, Number.POSITIVE_INFINITY);
    for (const task of begun) void writers.write(task);
  }
  expect(threads.areBusy).toBe(false);
  for (const [index, { files }] of begun.entries())
    expect(readFileSync(files[0]?.staged ?? '').equals(contents[index] as Uint8Array)).toBe(true);
});
