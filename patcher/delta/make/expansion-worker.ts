import type { ContainerReader } from '../../containers/container-reader.ts';
import { type ExpansionOptions, type ExpansionPlan, planExpansion } from '../../containers/plan-expansion.ts';
import type { OldFile } from '../../formats/patch.ts';
import { threadData, throwIfStopped } from '../../threads/stop-flag.ts';
import { serveTasks } from '../../threads/task-server.ts';
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

const { oldRoot, newRoot } = threadData<ExpansionWorkerData>();

serveTasks<ExpansionTask, ExpansionPlan>(({ oldFiles, newFiles, ...options }) => {
  using oldTree = new TreeFiles(oldRoot);
  using newTree = new TreeFiles(newRoot);
  return planExpansion(
    oldFiles.map((file) => toReader(oldTree, file)),
    newFiles.map((file) => toReader(newTree, file)),
    options,
  );
});

function toReader(files: TreeFiles, { path, sizeBytes }: ListedFile): ContainerReader {
  return {
    sizeBytes,
    read: (offset, length) => {
      throwIfStopped();
      return files.read(path, offset, length);
    },
  };
}
