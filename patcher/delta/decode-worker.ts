import { threadData } from '../threads/stop-flag.ts';
import { serveTasks } from '../threads/task-server.ts';
import { type DecodeTask, runDecodeTask } from './decode-task.ts';
import { StretchReader } from './stretch-reader.ts';

/** What a decoding thread knows from its start. */
export interface DecodeWorkerData {
  readonly oldRoot: string;
}

const reader = new StretchReader(threadData<DecodeWorkerData>().oldRoot);

serveTasks<DecodeTask, Uint8Array<ArrayBuffer>>(
  (task) => runDecodeTask(task, reader.read),
  (made) => [made.buffer],
);
