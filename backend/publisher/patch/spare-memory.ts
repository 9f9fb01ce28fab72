import { setFlagsFromString } from 'node:v8';

/**
 * For verbs that promise to work in little memory: the engine collects garbage while there is little of it, so little that
 * other threads take longer to wake up than to help, and leaves its optimising compiler for JavaScript be, which takes 3 MB,
 * and the work is the kernels'. It does not mark ahead of a collection either: it begins to when the heap may still grow by half
 * its size, and so collected six times where 35 MB are made, of which two were needed. Called when all is loaded: what was
 * compiled under other flags, Node's own modules too, would be compiled again.
 */
export function spareMemory(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}

const FLAGS = [
  '--semi-space-growth-factor=1',
  '--no-parallel-scavenge',
  '--heap-growing-percent=10',
  '--no-incremental-marking',
  '--no-opt',
];

/**
 * For a second or two of work that is mostly the kernels': the optimising compiler for JavaScript would take a tenth of it and
 * be done when little is left to win by its code. Called when all is loaded, as above.
 */
export function spareCompiler(): void {
  setFlagsFromString('--no-opt');
}
