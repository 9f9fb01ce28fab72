import { defineErrors } from '../errors.ts';

/** Why a push stopped on this side of the service. What was uploaded stays; the same push goes on from there. */
export const pushErrors = defineErrors({
  PUSH_FILE_CHANGED: {
    family: 'conflict',
    sentence: '{path} changed after it was scanned.',
    next: 'Wait until the build is complete, then push again.',
  },
  PUSH_ANSWER_MALFORMED: {
    family: 'format',
    sentence: 'The service answered the question which chunks it has with nonsense: {reason}.',
    next: 'Push again; if it happens again, update the program.',
  },
});
