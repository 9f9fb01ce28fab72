import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Make a folder that somebody named, and those above it that are missing. Node's own way (`recursive`) never ends where
 * the system refuses a name as if the folder above it were not there, as Linux does in `/proc` (Node 24.21).
 * @throws The system's error.
 */
export async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (await isFolder(folder)) return;
    const parent = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === folder) throw error;
    await makeFolders(parent);
    await makeOne(folder);
  }
}

/** Somebody else may have made it meanwhile. */
async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (!(await isFolder(folder))) throw error;
  }
}

async function isFolder(folder: string): Promise<boolean> {
  const stats = await stat(folder).catch(() => undefined);
  return stats?.isDirectory() === true;
}
