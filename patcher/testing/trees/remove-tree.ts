import { chmod, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** Remove a folder and all in it, folders that forbid writing included; nothing to do if it is not there. */
export async function removeTree(folder: string): Promise<void> {
  await openFolders(folder);
  await rm(folder, { recursive: true, force: true });
}

async function openFolders(folder: string): Promise<void> {
  try {
    await chmod(folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const name of await readdir(folder, { withFileTypes: true })) {
    if (name.isDirectory()) await openFolders(path.join(folder, name.name));
  }
}
