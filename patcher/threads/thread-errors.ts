import { defineErrors } from '../errors.ts';

export const threadErrors = defineErrors({
  THREAD_FAILED: {
    family: 'unavailable',
    sentence: 'A working thread ended unexpectedly.',
    next: 'Try again; if it happens again, close other programs to free memory.',
  },
});
