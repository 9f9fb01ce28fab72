import { SharedTurn } from '../../../threads/slices.ts';
import { serveTasks } from '../../../threads/task-server.ts';
import { Flushes } from '../../disk/flushes.ts';
import { checkFull } from './check-full.ts';
import { writeSpan } from './write-span.ts';
import type { WriterOutcome, WriterTask } from './writer-threads.ts';

const turn = new SharedTurn();
let flushes = new Flushes();
let tasks = 0;

serveTasks<WriterTask, WriterOutcome>(async (task) => {
  // What was idle may have a new job, on another disk: how long its flushes take is seen anew.
  if (tasks === 0) flushes = new Flushes();
  tasks++;
  try {
    if (task.kind === 'span') return await writeSpan(task, { flushes, turn });
    return await checkFull(task, flushes);
  } finally {
    tasks--;
  }
});
