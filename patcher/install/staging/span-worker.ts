import { SharedTurn } from '../../threads/slices.ts';
import { serveTasks } from '../../threads/task-server.ts';
import { Flushes } from '../disk/flushes.ts';
import { type SpanOutcome, type SpanTask, writeSpan } from './write-span.ts';

const thread = { flushes: new Flushes(), turn: new SharedTurn() };

serveTasks<SpanTask, SpanOutcome>((task) => writeSpan(task, thread));
