import { readlinkSync, type Stats } from 'node:fs';
import { hasCode } from '../../errors.ts';
import type { Manifest, TreeEntry } from '../../formats/manifest.ts';
import { type EntryState, type InstalledTree, modeOf } from '../../plan/installed-tree.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import { RealFolders } from '../disk/real-folders.ts';
import { lstatOrUndefined, type SafeTree } from '../disk/safe-tree.ts';
import { isPause, type Slices } from '../../threads/slices.ts';

/** Windows has no permission bits worth comparing. */
export const HAS_MODES = process.platform !== 'win32';

/**
 * See what lies on disk of a build, without reading files: kinds, sizes, modes, link targets. Wrong bytes of the
 * right length are found when they are used as a source, or by verify.
 * @throws {AppError} `INSTALL_PATH_UNSAFE` when a folder of the build was replaced by a link.
 */
export function* lookAtTree(tree: SafeTree, manifest: Manifest): Slices<InstalledTree> {
  const folders = new RealFolders(tree.root);
  const modes = Uint16Array.from(manifest.entries, modeOf);
  const states: EntryState[] = [];
  for (const [index, entry] of manifest.entries.entries()) {
    if (isPause(index)) yield;
    const absolute = `${tree.root}/${entry.path}`;
    const stats = folders.reach(entry.path) ? lookOrUndefined(absolute) : undefined;
    if (entry.kind === 'directory' && stats?.isSymbolicLink() === true) {
      throw installErrors.error('INSTALL_PATH_UNSAFE', { path: entry.path });
    }
    if (HAS_MODES && entry.kind !== 'link' && stats !== undefined) modes[index] = stats.mode & 0o777;
    states.push(stats !== undefined && isAsSaid(entry, stats, absolute) ? 'present' : 'absent');
  }
  return { manifest, states, modes, damage: new Map() };
}

/** Synchronous: a thread pool's round trip takes eight times the CPU of the call, and trees have many files. */
function lookOrUndefined(absolute: string): Stats | undefined {
  try {
    return lstatOrUndefined(absolute);
  } catch (error) {
    if (hasErrno(error, 'EACCES')) return undefined;
    throw error;
  }
}

function isAsSaid(entry: TreeEntry, stats: Stats, absolute: string): boolean {
  if (entry.kind === 'directory') return true;
  if (entry.kind === 'file') return stats.isFile() && stats.size === entry.sizeBytes;
  return stats.isSymbolicLink() && readlinkSync(absolute) === entry.target;
}

/** A path below a link is not the player's file; whoever writes there is refused. */
export function lookIfSafe(tree: SafeTree, treePath: string): Stats | undefined {
  try {
    return tree.look(treePath);
  } catch (error) {
    if (hasCode(error, 'INSTALL_PATH_UNSAFE')) return undefined;
    throw error;
  }
}

/** New entries whose path a preserve rule covers and where something already is. */
export function* findPreserved(
  tree: SafeTree,
  next: Manifest,
  isPreserved: (treePath: string) => boolean,
): Slices<Set<number>> {
  const found = new Set<number>();
  for (const [index, entry] of next.entries.entries()) {
    if (isPause(index)) yield;
    if (entry.kind === 'directory' || !isPreserved(entry.path)) continue;
    if (lookIfSafe(tree, entry.path)?.isFile() === true) found.add(index);
  }
  return found;
}
