import { serveTasks } from '../threads/task-server.ts';
import { type SpanOutcome, type SpanTask, writeSpan } from './write-span.ts';

serveTasks<SpanTask, SpanOutcome>(writeSpan);
