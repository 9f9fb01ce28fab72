import { setImmediate } from 'node:timers/promises';
import { flushFolder } from './durable-files.ts';
import type { SafeTree } from './safe-tree.ts';
import { renameAtOnce, renameStubbornly } from './stubborn-files.ts';

/** Steps between two turns of the event loop: some milliseconds. */
const STEPS_IN_ONE_GO = 64;
/** Folders flushed side by side: a disk does many at once. */
const FLUSHES_MAX = 16;

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
  const left = folders.values();
  const flushSome = async () => {
    // All take from the same: none waits for the slowest of some.
    for (const folder of left) await flushFolder(folder);
  };
  const flushes = await Promise.allSettled(Array.from({ length: FLUSHES_MAX }, flushSome));
  for (const flush of flushes) if (flush.status === 'rejected') throw flush.reason;
}
