import { rm } from 'node:fs/promises';
import { lstatOrUndefined } from './safe-tree.ts';

/**
 * Remove a file, or a folder with all that is in it. Most of what an ended job is cleared of was never there, and to see that
 * takes less than to have another thread try to remove it.
 */
export async function removeIfThere(place: string): Promise<void> {
  if (lstatOrUndefined(place) !== undefined) await rm(place, { recursive: true, force: true, maxRetries: 3 });
}
