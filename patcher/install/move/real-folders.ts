import path from 'node:path';
import { installErrors } from '../install-errors.ts';
import { foldersAbove, lstatOrUndefined } from '../disk/safe-tree.ts';

/**
 * The absolute path of something below a base, after checking that every folder above it is a real one: as
 * {@link SafeTree}, for names of the player's that no build could have.
 * @throws {AppError} `INSTALL_PATH_UNSAFE`
 */
export function resolveReal(base: string, at: string): string {
  for (const folder of foldersAbove(at)) {
    const stats = lstatOrUndefined(path.join(base, folder));
    if (stats === undefined) break;
    if (!stats.isDirectory()) throw installErrors.error('INSTALL_PATH_UNSAFE', { path: folder });
  }
  return path.join(base, at);
}
