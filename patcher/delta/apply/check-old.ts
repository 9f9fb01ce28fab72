import { createHash } from 'node:crypto';
import { lstatSync, statSync, type Stats } from 'node:fs';
import type { Sha256 } from '../../formats/manifest.ts';
import type { OldFile, Patch } from '../../formats/patch.ts';
import { computeFilesDigest } from '../../formats/tree-digest.ts';
import { deltaErrors } from '../delta-errors.ts';
import { ReusableBytes } from './reusable-bytes.ts';
import { TreeFiles } from '../tree-files.ts';
import { TreePaths } from '../tree-paths.ts';

const READ_BYTES = 2 ** 20;
/** Files looked at between two turns of the event loop: a few milliseconds. */
const STEP_FILES = 512;

/**
 * Find a wrong old build before work begins: every file the patch reads must be there with its size. Other files in
 * the folder do not matter.
 * @throws {AppError} `PATCH_OLD_MISMATCH`; the signal's reason if it fires.
 */
export async function checkOldSizes(
  { oldFiles }: Patch,
  oldRoot: string,
  signal?: AbortSignal,
): Promise<void> {
  checkRoot(oldRoot);
  const paths = new TreePaths(oldRoot);
  let looked = 0;
  for (const file of oldFiles) {
    checkSize(paths, file);
    if (++looked % STEP_FILES !== 0) continue;
    signal?.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Read every file the patch reads, and check that they are what it was made from.
 * @throws {AppError} `PATCH_OLD_MISMATCH`, `PATCH_READ_FAILED`; the signal's reason if it fires.
 */
export async function checkOldHashes(
  { oldFiles, oldFilesDigest }: Patch,
  oldRoot: string,
  signal?: AbortSignal,
): Promise<void> {
  const hashed: (OldFile & { sha256: Sha256 })[] = [];
  using files = new TreeFiles(oldRoot);
  for (const file of oldFiles) hashed.push({ ...file, sha256: await hashFile(files, file, signal) });
  if (computeFilesDigest(hashed) !== oldFilesDigest) {
    throw deltaErrors.error('PATCH_OLD_MISMATCH', {
      path: oldRoot,
      reason: 'holds a file with other content',
    });
  }
}

function checkRoot(oldRoot: string): void {
  let cause: unknown;
  try {
    if (statSync(oldRoot).isDirectory()) return;
  } catch (error) {
    cause = error;
  }
  throw deltaErrors.error('PATCH_OLD_MISMATCH', { path: oldRoot, reason: 'is not a folder' }, cause);
}

/** Synchronous: a thread pool's round trip takes several times the CPU of the call, and trees have many files. */
function checkSize(paths: TreePaths, { path, sizeBytes }: OldFile): void {
  let stats: Stats;
  try {
    stats = lstatSync(paths.resolve(path));
  } catch (cause) {
    throw deltaErrors.error('PATCH_OLD_MISMATCH', { path, reason: 'is missing' }, cause);
  }
  if (!stats.isFile()) throw deltaErrors.error('PATCH_OLD_MISMATCH', { path, reason: 'is not a file' });
  if (stats.size !== sizeBytes) {
    throw deltaErrors.error('PATCH_OLD_MISMATCH', {
      path,
      reason: 'has another size',
      sizeBytes: stats.size,
    });
  }
}

async function hashFile(
  files: TreeFiles,
  { path, sizeBytes }: OldFile,
  signal?: AbortSignal,
): Promise<Sha256> {
  const hash = createHash('sha256');
  const room = new ReusableBytes();
  for (let offset = 0; offset < sizeBytes; offset += READ_BYTES) {
    signal?.throwIfAborted();
    const bytes = room.take(Math.min(READ_BYTES, sizeBytes - offset));
    files.readInto(path, offset, bytes);
    hash.update(bytes);
    // Reads are synchronous: let timers, signals and sockets have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return hash.digest('hex') as Sha256;
}
