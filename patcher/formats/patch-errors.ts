import { defineErrors } from '../errors.ts';

/** What is wrong with bytes that claim to be a patch. */
export const patchErrors = defineErrors({
  PATCH_FORMAT_INVALID: {
    family: 'format',
    sentence: 'This is not a patch, or it is damaged: {reason}.',
    next: 'Fetch the patch again, or update by chunks instead.',
  },
  PATCH_VERSION_UNSUPPORTED: {
    family: 'format',
    sentence: 'The patch is of version {version}; this program reads version {versionSupported}.',
    next: 'Update the program, or update the game by chunks instead.',
  },
});

/** A header that is cut short, contradicts itself, or leaves its bounds. */
export function invalidPatch(reason: string, cause?: unknown): Error {
  return patchErrors.error('PATCH_FORMAT_INVALID', { reason }, cause);
}
