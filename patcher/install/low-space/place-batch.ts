import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '../../formats/manifest.ts';
import { flushFolder } from '../disk/durable-files.ts';
import type { Journal } from '../state/journal.ts';
import type { BatchPhase } from '../state/journal-format.ts';
import { lookIfSafe } from '../verify/look-at-tree.ts';
import { foldersAbove, folderOf, lstatOrUndefined, type SafeTree } from '../disk/safe-tree.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { removeFolderIfEmpty, renameStubbornly, unlinkStubbornly } from '../disk/stubborn-files.ts';
import type { WayMaker } from './make-way.ts';
import { openFolders } from './open-folders.ts';
import { retainedSlots, type StepList } from './step-list.ts';

export interface PlaceInput {
  readonly state: StateFolder;
  readonly tree: SafeTree;
  readonly next: Manifest;
  readonly list: StepList;
  readonly journal: Journal;
  readonly way: WayMaker;
}

/**
 * Put a batch's staged files in place and take away what they replace. Every phase is flushed before the next is
 * written down, and each may be taken again from its beginning.
 * @param from The phase a stopped call was in; `staging` when this is the first.
 */
export async function placeBatch(input: PlaceInput, index: number, from: BatchPhase): Promise<void> {
  const { journal } = input;
  if (from === 'placed') return;
  if (from === 'staging') {
    // From then on what is not in staging counts as placed: its names must outlive a power cut as the record does.
    await flushFolder(input.state.staging);
    await journal.batch(index, 'clearing');
  }
  if (from !== 'placing') {
    await clearWay(input, index);
    await journal.batch(index, 'placing');
  }
  await place(input, index);
  await journal.batch(index, 'placed');
}

/** Move old files that are still read out of the tree, remove those in the way that nothing reads. */
async function clearWay({ state, tree, list }: PlaceInput, index: number): Promise<void> {
  const batch = list.batches[index];
  if (batch === undefined) return;
  const slots = retainedSlots(list);
  await mkdir(state.retained, { recursive: true, mode: 0o700 });
  for (const treePath of batch.retain) {
    const kept = path.join(state.retained, slots.get(treePath) ?? '');
    const seen = lookIfSafe(tree, treePath);
    if (lstatOrUndefined(kept) !== undefined || seen === undefined || seen.isDirectory()) continue;
    await openFolders(tree, treePath);
    await renameStubbornly(tree.resolve(treePath), kept);
  }
  await flushFolder(state.retained);
  for (const treePath of batch.clear) await removeFile(tree, treePath);
  for (const treePath of batch.clearFolders) {
    await openFolders(tree, treePath);
    // What is left in it is the player's, and makes way with it.
    if (lookIfSafe(tree, treePath)?.isDirectory() === true) await removeFolderIfEmpty(tree.resolve(treePath));
  }
  await flushFolders(tree, [...batch.retain, ...batch.clear, ...batch.clearFolders]);
}

async function place({ state, tree, next, list, way }: PlaceInput, index: number): Promise<void> {
  const batch = list.batches[index];
  if (batch === undefined) return;
  const placed: string[] = [];
  for (const entry of batch.entries) {
    const treePath = next.entries[entry]?.path ?? '';
    const staged = path.join(state.staging, String(entry));
    placed.push(treePath);
    // Not there: this step was taken before a crash.
    if (lstatOrUndefined(staged) === undefined) continue;
    await openFolders(tree, treePath);
    await way.makeWay(treePath);
    await makeFolders(tree, treePath);
    await renameStubbornly(staged, tree.resolve(treePath));
  }
  await flushFolders(tree, placed);
  await flushFolder(state.staging);
  // Only now that the new files are there for good does anything old go for good.
  const slots = retainedSlots(list);
  for (const treePath of batch.release) {
    await unlinkStubbornly(path.join(state.retained, slots.get(treePath) ?? ''));
  }
  for (const treePath of batch.remove) await removeFile(tree, treePath);
  await flushFolders(tree, batch.remove);
}

async function removeFile(tree: SafeTree, treePath: string): Promise<void> {
  // Nothing, below a file of the player's that lies where an old folder was.
  const seen = lookIfSafe(tree, treePath);
  if (seen === undefined || seen.isDirectory()) return;
  await openFolders(tree, treePath);
  await unlinkStubbornly(tree.resolve(treePath));
}

/** Open to their owner until the commit at the end sets exact modes. */
async function makeFolders(tree: SafeTree, treePath: string): Promise<void> {
  for (const folder of foldersAbove(treePath)) {
    if (tree.look(folder) !== undefined) continue;
    await mkdir(tree.resolve(folder), 0o700);
    await flushFolder(path.dirname(tree.resolve(folder)));
  }
}

async function flushFolders(tree: SafeTree, treePaths: readonly string[]): Promise<void> {
  const folders = new Set(treePaths.map(folderOf));
  for (const folder of folders) {
    if (folder === '') await flushFolder(tree.root);
    else if (lookIfSafe(tree, folder)?.isDirectory() === true) await flushFolder(tree.resolve(folder));
  }
}
