import type { Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import type { Manifest, TreeEntry } from '../formats/manifest.ts';
import { type EntryState, type InstalledTree, modeOf } from '../plan/installed-tree.ts';
import { hasErrno, installErrors } from './install-errors.ts';
import type { SafeTree } from './safe-tree.ts';

/** `lstat` calls in flight. */
const LOOKS_AT_ONCE = 64;
/** Windows has no permission bits worth comparing. */
export const HAS_MODES = process.platform !== 'win32';

/**
 * See what lies on disk of a build, without reading files: kinds, sizes, modes, link targets. Wrong bytes of the
 * right length are found when they are used as a source, or by verify.
 * @throws {AppError} `INSTALL_PATH_UNSAFE` when a folder of the build was replaced by a link or a file.
 */
export async function lookAtTree(tree: SafeTree, manifest: Manifest): Promise<InstalledTree> {
  const states: EntryState[] = manifest.entries.map(() => 'absent');
  const modes = Uint16Array.from(manifest.entries, modeOf);
  for (let at = 0; at < manifest.entries.length; at += LOOKS_AT_ONCE) {
    const batch = manifest.entries.slice(at, at + LOOKS_AT_ONCE);
    const seen = await Promise.all(batch.map((entry) => lookAtEntry(tree, entry)));
    seen.forEach(({ state, mode }, index) => {
      states[at + index] = state;
      if (HAS_MODES && mode !== undefined) modes[at + index] = mode;
    });
  }
  return { manifest, states, modes, damage: new Map() };
}

interface Seen {
  readonly state: EntryState;
  readonly mode?: number;
}

async function lookAtEntry(tree: SafeTree, entry: TreeEntry): Promise<Seen> {
  const absolute = tree.resolve(entry.path);
  try {
    const stats = await lstat(absolute);
    const mode = stats.mode & 0o777;
    if (entry.kind === 'file') {
      return { state: stats.isFile() && stats.size === entry.sizeBytes ? 'present' : 'absent', mode };
    }
    if (entry.kind === 'link') {
      const same = stats.isSymbolicLink() && (await readlink(absolute)) === entry.target;
      return { state: same ? 'present' : 'absent' };
    }
    if (!stats.isDirectory()) throw installErrors.error('INSTALL_PATH_UNSAFE', { path: entry.path });
    return { state: 'present', mode };
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return { state: 'absent' };
    if (hasErrno(error, 'EACCES')) return { state: 'absent' };
    throw error;
  }
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
export function findPreserved(
  tree: SafeTree,
  next: Manifest,
  isPreserved: (treePath: string) => boolean,
): Set<number> {
  const found = new Set<number>();
  next.entries.forEach((entry, index) => {
    if (entry.kind === 'directory' || !isPreserved(entry.path)) return;
    if (lookIfSafe(tree, entry.path)?.isFile() === true) found.add(index);
  });
  return found;
}
