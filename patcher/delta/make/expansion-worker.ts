import type { ExpansionPlan } from '../../containers/plan-expansion.ts';
import { threadData } from '../../threads/stop-flag.ts';
import { serveTasks } from '../../threads/task-server.ts';
import { type ExpansionTask, ExpansionWork, type ExpansionWorkerData } from './expansion-work.ts';

const work = new ExpansionWork(threadData<ExpansionWorkerData>());

serveTasks<ExpansionTask, ExpansionPlan>((task) => work.do(task));
