import { chmod } from 'node:fs/promises';
import { lookIfSafe } from '../verify/look-at-tree.ts';
import { foldersAbove, type SafeTree } from '../disk/safe-tree.ts';

/** Let the owner change names in the folders above a path; the commit at the end sets exact modes. */
export async function openFolders(tree: SafeTree, treePath: string): Promise<void> {
  for (const folder of foldersAbove(treePath)) {
    const seen = lookIfSafe(tree, folder);
    if (seen?.isDirectory() !== true || (seen.mode & 0o700) === 0o700) continue;
    await chmod(tree.resolve(folder), (seen.mode & 0o777) | 0o700);
  }
}
