import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Remove links and empty folders, which most single-file tools cannot carry.
 * @returns whether anything is left in the folder.
 */
export async function tidyTree(folder: string): Promise<boolean> {
  let kept = false;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (await tidyTree(path)) kept = true;
      else await rmdir(path);
    } else if (entry.isFile()) kept = true;
    else await rm(path);
  }
  return kept;
}
