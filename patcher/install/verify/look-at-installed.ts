import type { Manifest, TreeEntry } from '../../formats/manifest.ts';
import type { InstalledTree } from '../../plan/installed-tree.ts';
import { adoptTree } from './adopt-tree.ts';
import { readInstalledManifest, readInstalledRecord, readKeptManifest } from '../state/installed-build.ts';
import { lookAtTree } from './look-at-tree.ts';
import { SafeTree } from '../disk/safe-tree.ts';
import { inSlices } from '../../threads/slices.ts';
import type { StateFolder } from '../state/state-folder.ts';

export const everything = () => true;
export const nothing = () => false;

/**
 * The old build as it lies on disk, and which of its files may go. After an update that replaced files as it went
 * and did not end, sizes say nothing: every file is read and taken for what it is.
 */
export async function lookAtInstalled(
  state: StateFolder,
  next: Manifest,
  signal: AbortSignal | undefined,
): Promise<{ installed: InstalledTree | null; isOurs: (entry: TreeEntry) => boolean }> {
  const tree = new SafeTree(state.root);
  const record = await readInstalledRecord(state);
  if (record === undefined) return { installed: null, isOurs: everything };
  const manifest = await readInstalledManifest(state, record.build);
  if (record.mixedWith === undefined) {
    return { installed: await inSlices(lookAtTree(tree, manifest)), isOurs: everything };
  }
  const other = await readKeptManifest(state, record.mixedWith);
  const ours = new Set([...manifest.entries, ...(other?.entries ?? [])].map(nameOf));
  return { installed: await adoptTree(tree, next, signal), isOurs: (entry) => ours.has(nameOf(entry)) };
}

/** A folder of ours does not make a file at its path ours. */
function nameOf({ kind, path }: TreeEntry): string {
  return kind === 'directory' ? `${path}/` : path;
}
