import { createHash } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import path from 'node:path';
import type { FileEntry, Manifest } from '../../patcher/formats/manifest.ts';
import { launcherErrors } from '../launcher-errors.ts';
import { errnoOf } from '../profile/document.ts';

/** An open file whose bytes are the manifest's, and what tells whether it was touched since. */
export interface VerifiedFile {
  readonly handle: FileHandle;
  readonly file: string;
  readonly identity: string;
}

const READ_BYTES = 1024 * 1024;

/** @returns The manifest's file entry of a path, or undefined. Only paths that are in the manifest exist for the launcher. */
export function findFile(manifest: Manifest, path: string): FileEntry | undefined {
  const entry = manifest.entries.find((each) => each.path === path);
  return entry?.kind === 'file' ? entry : undefined;
}

/**
 * Open a file of an install and hash it through the open descriptor.
 * @throws {AppError} `PLAY_FILE_MISSING`, or `PLAY_FILE_CHANGED` when size or hash differ from the manifest.
 */
export async function openVerified(options: {
  readonly folder: string;
  readonly gameId: string;
  readonly entry: FileEntry;
}): Promise<VerifiedFile> {
  const { folder, gameId, entry } = options;
  const file = path.join(folder, ...entry.path.split('/'));
  const handle = await openRegular(file, gameId, entry.path);
  try {
    const stats = await handle.stat({ bigint: true });
    const intact =
      stats.isFile() &&
      stats.size === BigInt(entry.sizeBytes) &&
      (await hashHandle(handle, entry.sizeBytes)) === entry.sha256;
    if (!intact) throw launcherErrors.error('PLAY_FILE_CHANGED', { gameId, path: entry.path });
    return { handle, file, identity: identityOf(stats) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** True while the path still names the very file that was hashed, unchanged; a swap, also one swapped back, changes the ctime. */
export async function isUntouched(verified: VerifiedFile): Promise<boolean> {
  try {
    return identityOf(await lstat(verified.file, { bigint: true })) === verified.identity;
  } catch {
    return false; // It is gone, so it was touched.
  }
}

async function openRegular(file: string, gameId: string, path: string): Promise<FileHandle> {
  try {
    // A link in the last component was not what the manifest promised; folders above belong to the install.
    return await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (cause) {
    const code = errnoOf(cause) === 'ENOENT' ? 'PLAY_FILE_MISSING' : 'PLAY_FILE_CHANGED';
    throw launcherErrors.error(code, { gameId, path, errno: errnoOf(cause) }, cause);
  }
}

async function hashHandle(handle: FileHandle, sizeBytes: number): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, sizeBytes)));
  for (let position = 0; position < sizeBytes; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return hash.digest('hex');
}

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
