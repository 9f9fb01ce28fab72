import { defineErrors } from '../errors.ts';

/** What can go wrong where a patch looks into containers. */
export const containerErrors = defineErrors({
  FORMAT_EXPANSION_INVALID: {
    family: 'format',
    sentence: 'A patch says in a wrong way how files are to be packed again: {reason}.',
    next: 'Fetch that segment again, or fetch the files it makes as chunks.',
  },
});
