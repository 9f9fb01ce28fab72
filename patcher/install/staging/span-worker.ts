import { serveTasks } from '../../threads/task-server.ts';
import { Flushes } from '../disk/flushes.ts';
import { type SpanOutcome, type SpanTask, writeSpan } from './write-span.ts';

const flushes = new Flushes();

serveTasks<SpanTask, SpanOutcome>((task) => writeSpan(task, flushes));
