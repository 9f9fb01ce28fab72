import { closeSync, constants, openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Flushes, type FlushFailure } from './flushes.ts';
import type { SafeTree } from './safe-tree.ts';
import { renameAtOnce, renameStubbornly } from './stubborn-files.ts';

/** Steps between two turns of the event loop: some milliseconds. */
const STEPS_IN_ONE_GO = 64;

/** A name to be moved; absolute paths on one file system. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Move names, some at a time without waiting between them.
 * @param toMove Says what a step moves, nothing if it was taken already; the tree it gets looks at each folder once.
 */
export async function moveNames<Step>(
  tree: SafeTree,
  steps: readonly Step[],
  toMove: (step: Step, tree: SafeTree) => Move | undefined,
): Promise<void> {
  for (let first = 0; first < steps.length; first += STEPS_IN_ONE_GO) {
    if (first > 0) await setImmediate();
    let seen = tree.inOneGo();
    for (const step of steps.slice(first, first + STEPS_IN_ONE_GO)) {
      const move = toMove(step, seen);
      if (move === undefined || renameAtOnce(move.from, move.to)) continue;
      await renameStubbornly(move.from, move.to);
      // Time has passed in which a link may have been planted.
      seen = tree.inOneGo();
    }
  }
}

/** Make the names in folders survive a power cut. @throws The first failure, when none is under way any more. */
export async function flushAll(folders: readonly string[]): Promise<void> {
  // Windows has no such call and does not need it.
  if (process.platform === 'win32') return;
  const flushes = new Flushes();
  const failures: unknown[] = [];
  const all: Promise<unknown>[] = [];
  for (const [at, folder] of folders.entries()) {
    if (at > 0 && at % STEPS_IN_ONE_GO === 0) await setImmediate();
    if (flushes.isFull) await flushes.hasRoom();
    all.push(flushOne(folder, flushes).catch((error: unknown) => failures.push(error)));
  }
  await Promise.all(all);
  if (failures.length > 0) throw failures[0];
}

async function flushOne(folder: string, flushes: Flushes): Promise<void> {
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  const done = Promise.withResolvers<FlushFailure>();
  flushes.flush(descriptor, done.resolve);
  const failure = await done.promise;
  closeSync(descriptor);
  if (failure !== undefined) throw failure;
}
