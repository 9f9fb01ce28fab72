import type { AddressMap } from '../../executables/address-map.ts';
import { threadData } from '../../threads/stop-flag.ts';
import { serveTasks } from '../../threads/task-server.ts';
import { type DecodeTask, runDecodeTask } from './decode-task.ts';
import { TreeFiles } from '../tree-files.ts';

/** What a decoding thread knows from its start. */
export interface DecodeWorkerData {
  readonly oldRoot: string;
  readonly addressMaps: readonly AddressMap[];
}

const { oldRoot, addressMaps } = threadData<DecodeWorkerData>();
const files = new TreeFiles(oldRoot);

serveTasks<DecodeTask, Uint8Array<ArrayBuffer>>(
  (task) => runDecodeTask(task, addressMaps, ({ path, offset }, into) => files.readInto(path, offset, into)),
  (made) => [made.buffer],
);
