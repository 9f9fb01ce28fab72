import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import type { Sha256 } from '../../formats/manifest.ts';
import type { OldFile, Patch } from '../../formats/patch.ts';
import { computeFilesDigest } from '../../formats/tree-digest.ts';
import { resolveInside } from '../../paths/path-policy.ts';
import { deltaErrors } from '../delta-errors.ts';
import { ReusableBytes } from './reusable-bytes.ts';
import { TreeFiles } from '../tree-files.ts';

const READ_BYTES = 2 ** 20;

/**
 * Find a wrong old build before work begins: every file the patch reads must be there with its size. Other files in
 * the folder do not matter.
 * @throws {AppError} `PATCH_OLD_MISMATCH`.
 */
export async function checkOldSizes({ oldFiles }: Patch, oldRoot: string): Promise<void> {
  for (const file of oldFiles) await checkSize(oldRoot, file);
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

async function checkSize(oldRoot: string, { path, sizeBytes }: OldFile): Promise<void> {
  const stat = await lstat(resolveInside(oldRoot, path)).catch((cause: unknown) => {
    throw deltaErrors.error('PATCH_OLD_MISMATCH', { path, reason: 'is missing' }, cause);
  });
  if (!stat.isFile()) throw deltaErrors.error('PATCH_OLD_MISMATCH', { path, reason: 'is not a file' });
  if (stat.size !== sizeBytes) {
    throw deltaErrors.error('PATCH_OLD_MISMATCH', { path, reason: 'has another size', sizeBytes: stat.size });
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
