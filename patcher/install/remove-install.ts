import { chmodSync, rmdirSync, unlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from './disk/remove-tree.ts';
import type { Manifest } from '../formats/manifest.ts';
import { flushFolder, UNFINISHED } from './disk/durable-files.ts';
import { hasErrno } from './install-errors.ts';
import { readInstalledRecord, readKeptManifest } from './state/installed-build.ts';
import { lookIfSafe } from './verify/look-at-tree.ts';
import { compilePreserveRules } from '../paths/preserve-rules.ts';
import { lstatOrUndefined, SafeTree } from './disk/safe-tree.ts';
import { partsOf, type StateFolder } from './state/state-folder.ts';
import { removeFolderIfEmpty } from './disk/stubborn-files.ts';

/**
 * Remove an installed build's files, then the install's own records; the root goes if nothing else is in it.
 * Files unknown to the build stay. May be taken again after a crash until it succeeds. The caller holds the lock
 * and has written the journal.
 */
export async function removeInstall(
  state: StateFolder,
  { keepPreserved }: { readonly keepPreserved: boolean },
): Promise<void> {
  const record = await readInstalledRecord(state);
  // Where an update that replaced files as it went has not ended, there are files of two builds.
  for (const sha256 of [record?.build.manifestSha256, record?.mixedWith]) {
    const manifest = sha256 === undefined ? undefined : await readKeptManifest(state, sha256);
    if (manifest !== undefined) removeEntries(new SafeTree(state.root), manifest, keepPreserved);
  }
  // The journal goes last among the records: until then the next start goes on here.
  for (const part of partsOf(state)) await removeTree(part);
  await removeUnfinished(state);
  await rm(state.journal, { force: true });
}

/** Records that were being written when something stopped it, and never got their name. */
export async function removeUnfinished({ folder }: StateFolder): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(UNFINISHED)) await rm(path.join(folder, name), { force: true });
  }
}

/**
 * Remove an emptied state folder and root; other files keep them. Call after letting go of the lock.
 *
 * Flushed first: a record that a power cut brought back to where the install no longer is would stay there for ever,
 * since nobody looks there again.
 */
export async function removeEmptyRoot(state: StateFolder): Promise<void> {
  if (lstatOrUndefined(state.folder) !== undefined) await flushFolder(state.folder);
  const { staging, aside, manifests, moving, lock, folder, root } = state;
  for (const part of [staging, aside, manifests, moving, lock, folder, root]) {
    try {
      await removeFolderIfEmpty(part);
    } catch (error) {
      // A mount point, or a folder that is not ours to remove: empty is all it can be.
      if (!hasErrno(error, 'ENOTDIR', 'EBUSY', 'EACCES', 'EPERM')) throw error;
    }
  }
}

function removeEntries(tree: SafeTree, manifest: Manifest, keepPreserved: boolean): void {
  const isPreserved = keepPreserved ? compilePreserveRules(manifest.preserve) : () => false;
  for (const entry of manifest.entries) {
    if (entry.kind === 'directory') openFolder(tree, entry.path);
  }
  // Deepest first: a folder's entries come after it in the manifest's order.
  for (const entry of manifest.entries.toReversed()) {
    const seen = lookIfSafe(tree, entry.path);
    if (seen === undefined) continue;
    if (entry.kind !== 'directory') {
      if (!seen.isDirectory() && !isPreserved(entry.path)) unlinkSync(tree.resolve(entry.path));
    } else if (seen.isDirectory()) {
      removeTreeFolder(tree, entry.path, entry.mode);
    }
  }
}

function openFolder(tree: SafeTree, treePath: string): void {
  const seen = lookIfSafe(tree, treePath);
  if (seen?.isDirectory() === true && (seen.mode & 0o700) !== 0o700) {
    chmodSync(tree.resolve(treePath), (seen.mode & 0o777) | 0o700);
  }
}

function removeTreeFolder(tree: SafeTree, treePath: string, mode: number): void {
  try {
    rmdirSync(tree.resolve(treePath));
  } catch (error) {
    if (!hasErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    chmodSync(tree.resolve(treePath), mode);
  }
}
