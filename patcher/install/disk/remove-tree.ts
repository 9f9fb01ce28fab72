import { opendir, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { hasErrno } from '../install-errors.ts';
import { lstatOrUndefined } from './safe-tree.ts';
import { stubbornly } from './stubborn-files.ts';

/** Files removed at once: some are with the disk while others wait for a thread. */
const AT_ONCE = 16;
const NAMES_A_READ = 512;
/**
 * A file system may skip names of a folder that changes while it is read, half of them or more. What is left after so many
 * times has a name that cannot be said, and is what the folder cannot be removed for.
 */
const ROUNDS_MAX = 16;

/**
 * Remove a file, or a folder with all that is in it; again while something holds a file open. Most of what an ended job is cleared
 * of was never there, and to see that takes less than to have another thread try to remove it. Node's own asks for everything
 * in a folder at once: with 20,000 old files nothing else had its turn for a quarter of a second, twice.
 */
export async function removeTree(place: string): Promise<void> {
  const stats = lstatOrUndefined(place);
  if (stats === undefined) return;
  await stubbornly(() => (stats.isDirectory() ? removeFolder(place) : removeFile(place)));
}

async function removeFolder(folder: string): Promise<void> {
  try {
    for (let round = 0; round < ROUNDS_MAX && (await emptyFolder(folder)) > 0; round++);
    await rmdir(folder);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

/** @returns How many names it found. */
async function emptyFolder(folder: string): Promise<number> {
  let found = 0;
  const folders: string[] = [];
  const files: string[] = [];
  const removeFiles = () => Promise.all(files.splice(0).map(removeFile));
  for await (const item of await opendir(folder, { bufferSize: NAMES_A_READ })) {
    found++;
    const inside = path.join(folder, item.name);
    if (item.isDirectory()) folders.push(inside);
    else if (files.push(inside) === AT_ONCE) await removeFiles();
  }
  await removeFiles();
  // One by one: each is held open while it is read.
  for (const inside of folders) await removeFolder(inside);
  return found;
}

async function removeFile(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}
