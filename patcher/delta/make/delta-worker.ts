import { threadData } from '../../threads/stop-flag.ts';
import { serveTasks } from '../../threads/task-server.ts';
import { type DeltaResult, type DeltaTask, DeltaWork, type DeltaWorkerData } from './delta-work.ts';

const work = new DeltaWork(threadData<DeltaWorkerData>());

serveTasks<DeltaTask, DeltaResult>((task) => work.do(task));
