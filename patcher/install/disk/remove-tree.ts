import { opendir, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { hasErrno } from '../install-errors.ts';
import { lstatOrUndefined } from './safe-tree.ts';
import { stubbornly } from './stubborn-files.ts';

/** Files removed at once: some are with the disk while others wait for a thread. */
const AT_ONCE = 16;
const NAMES_A_READ = 512;
/** A file system may skip names of a folder that changes while it is read. */
const ROUNDS_MAX = 3;

/**
 * Remove a file, or a folder with all that is in it; again while something holds a file open. Most of what an ended job is cleared
 * of was never there, and to see that takes less than to have another thread try to remove it. Node's own asks for everything
 * in a folder at once: with 20,000 old files nothing else had its turn for a quarter of a second, twice.
 */
export async function removeTree(place: string): Promise<void> {
  const stats = lstatOrUndefined(place);
  if (stats === undefined) return;
  await stubbornly(() => (stats.isDirectory() ? removeFolder(place, ROUNDS_MAX) : removeFile(place)));
}

async function removeFolder(folder: string, rounds: number): Promise<void> {
  try {
    await emptyFolder(folder);
    await rmdir(folder);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return;
    if (!hasErrno(error, 'ENOTEMPTY', 'EEXIST') || rounds === 1) throw error;
    await removeFolder(folder, rounds - 1);
  }
}

async function emptyFolder(folder: string): Promise<void> {
  const folders: string[] = [];
  const files: string[] = [];
  const removeFiles = () => Promise.all(files.splice(0).map(removeFile));
  for await (const item of await opendir(folder, { bufferSize: NAMES_A_READ })) {
    const inside = path.join(folder, item.name);
    if (item.isDirectory()) folders.push(inside);
    else if (files.push(inside) === AT_ONCE) await removeFiles();
  }
  await removeFiles();
  // One by one: each is held open while it is read.
  for (const inside of folders) await removeFolder(inside, ROUNDS_MAX);
}

async function removeFile(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}
