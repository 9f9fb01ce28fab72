import { chmodSync, type Dirent, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { CommitList } from './commit-list.ts';
import type { CommitPlace } from './commit.ts';
import { flushFolder } from '../disk/durable-files.ts';
import { readKeptManifest } from '../state/installed-build.ts';
import { foldersAbove, folderOf, lstatOrUndefined, type SafeTree } from '../disk/safe-tree.ts';
import { OWNER_ALL } from '../staging/staged-folders.ts';
import { renameStubbornly } from '../disk/stubborn-files.ts';

/**
 * Undo the placing of whole folders: they go back to staging, and what the player has put into them meanwhile stays where
 * it is. May be taken again until it succeeds.
 */
export async function takeFoldersBack(list: CommitList, { tree, state }: CommitPlace): Promise<void> {
  if (list.placeFolders.length === 0) return;
  const manifest = await readKeptManifest(state, list.build.manifestSha256);
  const ours = new Set(manifest?.entries.map((entry) => entry.path));
  for (const { path: treePath, slot } of list.placeFolders) {
    const staged = path.join(state.staging, slot);
    if (lstatOrUndefined(staged) === undefined && tree.look(treePath)?.isDirectory() === true) {
      open(tree.resolve(treePath));
      await renameStubbornly(tree.resolve(treePath), staged);
    }
    for (const found of listUnknown(staged, treePath, ours)) {
      const from = path.join(staged, found.slice(treePath.length + 1));
      await giveBack(tree, from, found);
    }
  }
}

/**
 * Tree paths of what lies in a staged folder and is no build's, with all that is in it; folders are opened to us on the
 * way.
 */
function listUnknown(staged: string, treePath: string, ours: ReadonlySet<string>): string[] {
  if (lstatOrUndefined(staged)?.isDirectory() !== true || ours.size === 0) return [];
  open(staged);
  const names: Dirent[] = readdirSync(staged, { withFileTypes: true });
  return names.flatMap((name) => {
    const at = `${treePath}/${name.name}`;
    if (!ours.has(at)) return [at];
    return name.isDirectory() ? listUnknown(path.join(staged, name.name), at, ours) : [];
  });
}

async function giveBack(tree: SafeTree, from: string, treePath: string): Promise<void> {
  for (const folder of foldersAbove(treePath)) {
    if (tree.look(folder) === undefined) mkdirSync(tree.resolve(folder), 0o755);
  }
  if (tree.look(treePath) === undefined) await renameStubbornly(from, tree.resolve(treePath));
  await flushFolder(path.dirname(tree.resolve(treePath)));
  await flushFolder(path.dirname(from));
  if (folderOf(treePath) !== '') await flushFolder(tree.root);
}

function open(folder: string): void {
  const { mode } = lstatSync(folder);
  if ((mode & OWNER_ALL) !== OWNER_ALL) chmodSync(folder, (mode & 0o777) | OWNER_ALL);
}
