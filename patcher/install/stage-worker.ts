import type { AddressMap } from '../executables/address-map.ts';
import { type DecodeTask, type OldStretch, runDecodeTask } from '../delta/apply/decode-task.ts';
import { threadData } from '../threads/stop-flag.ts';
import { serveTasks } from '../threads/task-server.ts';
import { installErrors } from './install-errors.ts';
import { OldFiles } from './old-files.ts';
import { OldTree } from './low-space/old-tree.ts';
import { readOldFully } from './stage-copies.ts';

/** What a thread that makes segments for an install knows from its start. */
export interface StageWorkerData {
  readonly root: string;
  /** Old files that are not at their place in the tree: tree path → where they are. */
  readonly elsewhere: ReadonlyMap<string, string>;
  readonly addressMaps: readonly AddressMap[];
}

const { root, elsewhere, addressMaps } = threadData<StageWorkerData>();
const oldFiles = new OldFiles(new OldTree(root, elsewhere));

serveTasks<DecodeTask, Uint8Array<ArrayBuffer>>(
  (task) => runDecodeTask(task, addressMaps, readOld),
  (made) => [made.buffer],
);

function readOld({ path, offset }: OldStretch, into: Uint8Array): void {
  if (!readOldFully(oldFiles, path, offset, into)) {
    throw installErrors.error('INSTALL_CONTENT_MISMATCH', { path });
  }
}
