import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { renameStubbornly } from './stubborn-files.ts';

/** Permission of the install's own records: nobody else's business. */
const PRIVATE_MODE = 0o600;

/** Ends the name of a record while it is written. */
export const UNFINISHED = '.new';

/** Make the names in a folder survive a power cut. Windows has no such call and does not need it. */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Put bytes under a name so that after a power cut the name holds the old bytes or the new ones:
 * temporary file, fsync, rename, fsync of the folder (security.md section 6).
 */
export async function writeDurably(file: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = file + UNFINISHED;
  const handle = await open(temporary, 'w', PRIVATE_MODE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await renameStubbornly(temporary, file);
  await flushFolder(path.dirname(file));
}

/** Read exactly `bytes.length` bytes, or fewer at the end of the file. */
export async function readFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
