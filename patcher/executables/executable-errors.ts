import { defineErrors } from '../errors.ts';

/** What can be wrong with an address map from outside. */
export const executableErrors = defineErrors({
  ADDRESS_MAP_INVALID: {
    family: 'format',
    sentence: 'The patch holds a map of addresses that breaks the format: {part}.',
    next: 'Fetch the patch again; if that fails, update by chunks.',
  },
  ADDRESS_MAP_VERSION_UNSUPPORTED: {
    family: 'format',
    sentence: 'The patch holds a map of addresses of version {version}, which this program does not know.',
    next: 'Update the launcher, or update the game by chunks.',
  },
});
