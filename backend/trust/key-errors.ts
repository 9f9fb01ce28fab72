import { defineErrors } from '../../patcher/errors.ts';

/** What can be wrong with a signing key. */
export const keyErrors = defineErrors({
  KEY_FILE_INVALID: {
    family: 'format',
    sentence: 'The key file {file} cannot be used.',
    next: 'Restore it from a backup; docs/trust.md says what to do when a key is lost.',
  },
  KEY_PASSPHRASE_WRONG: {
    family: 'auth',
    sentence: 'The passphrase does not open the key "{name}".',
    next: 'Try again, or set GANTRY_KEY_PASSPHRASE to the right one.',
  },
  KEY_PRIVATE_MISSING: {
    family: 'not-found',
    sentence: 'Only the public half of the key "{name}" ({keyId}) is on this machine.',
    next: 'Run this where the private half is, or give it in GANTRY_SIGNING_KEY.',
  },
});
