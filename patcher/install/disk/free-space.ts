import { statfs } from 'node:fs/promises';
import { installErrors } from '../install-errors.ts';

/** Bytes this account may still write on the disk a folder lies on. */
export async function measureFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @throws {AppError} `INSTALL_DISK_FULL` with both figures. */
export async function assertFreeSpace(folder: string, neededBytes: number): Promise<void> {
  const freeBytes = await measureFreeBytes(folder);
  if (neededBytes > freeBytes) throw installErrors.error('INSTALL_DISK_FULL', { neededBytes, freeBytes });
}
