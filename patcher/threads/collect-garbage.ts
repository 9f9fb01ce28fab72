import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (how: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/** A smaller heap is left alone: there is little to win, and small work shall stay quick. */
const LARGE_HEAP_BYTES = 64 * 2 ** 20;

/**
 * Give what a burst of short-lived objects took of this thread's heap back to the system, before long work of other kind
 * begins. V8 keeps it otherwise: the halves of the young generation, once grown to 64 MiB each, do not shrink while a
 * thread waits. Takes some 3 ms for each MiB that is in use.
 * @param leastBytes A heap smaller than this is left as it is.
 */
export function collectGarbage(leastBytes = LARGE_HEAP_BYTES): void {
  if (getHeapStatistics().total_heap_size < leastBytes) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
