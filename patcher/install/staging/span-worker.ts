import { SharedTurn } from '../../threads/slices.ts';
import { serveTasks } from '../../threads/task-server.ts';
import { Flushes } from '../disk/flushes.ts';
import { type SpanOutcome, type SpanTask, writeSpan } from './write-span.ts';

const turn = new SharedTurn();
let flushes = new Flushes();
let spans = 0;

serveTasks<SpanTask, SpanOutcome>(async (task) => {
  // What was idle may have a new job, on another disk: how long its flushes take is seen anew.
  if (spans === 0) flushes = new Flushes();
  spans++;
  try {
    return await writeSpan(task, { flushes, turn });
  } finally {
    spans--;
  }
});
