import { readJournal } from '../../install/state/journal.ts';
import { readMoveList } from '../../install/move/move-list.ts';
import { folderBeside, stateFolderAt } from '../../install/state/state-folder.ts';

/** What a stopped move had copied. */
export interface CopiedBytes {
  /** Of files that were copied whole, hashed and flushed. */
  readonly checkedBytes: number;
  /** Of all files it takes along. */
  readonly totalBytes: number;
}

/** @returns undefined where no move has begun to copy to. */
export async function readCopiedBytes(to: string): Promise<CopiedBytes | undefined> {
  const { moveJournal, moveList } = stateFolderAt(to, folderBeside(to));
  const [notes, list] = [await readJournal(moveJournal), await readMoveList(moveList)];
  if (notes === undefined || list === undefined) return undefined;
  const sizes = list.entries.map((entry) => (entry.kind === 'file' ? entry.sizeBytes : 0));
  const isWhole = (index: number) => notes.staged.get(index) === 'complete';
  return {
    checkedBytes: sum(sizes.filter((_, index) => isWhole(index))),
    totalBytes: sum(sizes),
  };
}

/** Bytes that were copied once more, of what the same move copied when it was called again; a file counts whole or not. */
export function countCopiedAgain({ checkedBytes, totalBytes }: CopiedBytes, copiedBytes: number): number {
  return Math.max(0, copiedBytes - (totalBytes - checkedBytes));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
