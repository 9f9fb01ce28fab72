import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { Manifest, TreeEntry } from '../../patcher/formats/manifest.ts';
import { resolveInside } from '../../patcher/paths/path-policy.ts';
import { patchJobErrors } from './errors.ts';

/**
 * Read a whole folder back and hold it against a manifest: nothing missing, nothing more, every file's hash, every
 * mode and link.
 * @throws {AppError} `PATCH_PROOF_FAILED`
 */
export async function verifyTree(root: string, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const expected = new Map(manifest.entries.map((entry) => [entry.path, entry]));
  for (const found of await readdir(root, { recursive: true, withFileTypes: true })) {
    const absolute = path.join(found.parentPath, found.name);
    const name = path.relative(root, absolute).split(path.sep).join('/');
    if (!expected.has(name)) throw failed(name, 'it should not be there');
  }
  for (const entry of manifest.entries) {
    signal.throwIfAborted();
    await verifyEntry(resolveInside(root, entry.path), entry);
  }
}

async function verifyEntry(absolute: string, entry: TreeEntry): Promise<void> {
  const found = await lstat(absolute).catch((cause: unknown) => {
    throw failed(entry.path, 'it is missing', cause);
  });
  if (entry.kind === 'link') {
    const isSame = found.isSymbolicLink() && (await readlink(absolute)) === entry.target;
    if (!isSame) throw failed(entry.path, 'it is not the link it should be');
    return;
  }
  const isKind = entry.kind === 'file' ? found.isFile() : found.isDirectory();
  if (!isKind) throw failed(entry.path, `it is not a ${entry.kind}`);
  // Windows has no such modes: they are the manifest's alone there.
  if (process.platform !== 'win32' && (found.mode & 0o777) !== entry.mode) {
    throw failed(entry.path, 'its mode is another');
  }
  if (entry.kind === 'file' && (await hashFile(absolute)) !== entry.sha256) {
    throw failed(entry.path, 'its content is another');
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(piece as Buffer);
  return hash.digest('hex');
}

function failed(entry: string, reason: string, cause?: unknown): Error {
  return patchJobErrors.error('PATCH_PROOF_FAILED', { path: entry, reason }, cause);
}
