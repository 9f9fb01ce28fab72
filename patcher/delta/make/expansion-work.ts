import type { ContainerReader } from '../../containers/container-reader.ts';
import { type ExpansionOptions, type ExpansionPlan, planExpansion } from '../../containers/plan-expansion.ts';
import type { OldFile } from '../../formats/patch.ts';
import { throwIfStopped } from '../../threads/stop-flag.ts';
import type { TaskWork } from '../../threads/calling-thread.ts';
import { TreeFiles } from '../tree-files.ts';

/** What the thread knows from its start. */
export interface ExpansionWorkerData {
  readonly oldRoot: string;
  readonly newRoot: string;
}

/** A file by its path. */
export type ListedFile = OldFile;

export interface ExpansionTask extends ExpansionOptions {
  readonly oldFiles: readonly ListedFile[];
  readonly newFiles: readonly ListedFile[];
}

/** The small file read last: the reads of one follow each other. */
let held: { readonly file: ListedFile; readonly bytes: Uint8Array } | undefined;

/** Finds out which streams of two trees' files to expand. */
export class ExpansionWork implements TaskWork<ExpansionTask, ExpansionPlan> {
  readonly #oldTree: TreeFiles;
  readonly #newTree: TreeFiles;

  constructor({ oldRoot, newRoot }: ExpansionWorkerData) {
    this.#oldTree = new TreeFiles(oldRoot);
    this.#newTree = new TreeFiles(newRoot);
  }

  do({ oldFiles, newFiles, ...options }: ExpansionTask): ExpansionPlan {
    return planExpansion(
      oldFiles.map((file) => toReader(this.#oldTree, file)),
      newFiles.map((file) => toReader(this.#newTree, file)),
      options,
    );
  }

  [Symbol.dispose](): void {
    held = undefined;
    this.#oldTree[Symbol.dispose]();
    this.#newTree[Symbol.dispose]();
  }
}

/** Files up to this size are read whole: most are, and each call costs more than some kilobytes. */
const WHOLE_BYTES_MAX = 64 * 2 ** 10;

function toReader(files: TreeFiles, file: ListedFile): ContainerReader {
  const { path, sizeBytes } = file;
  return {
    sizeBytes,
    read: (offset, length) => {
      throwIfStopped();
      if (sizeBytes > WHOLE_BYTES_MAX) return files.read(path, offset, length);
      if (held?.file !== file) held = { file, bytes: files.read(path, 0, sizeBytes) };
      return held.bytes.subarray(offset, offset + length);
    },
  };
}
