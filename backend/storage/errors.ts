import { defineErrors } from '../../patcher/errors.ts';

/** What can be expected to go wrong with stored objects. */
export const storageErrors = defineErrors({
  STORAGE_KEY_INVALID: {
    family: 'input',
    sentence: 'The storage key "{key}" is not allowed: {reason}.',
    next: 'Use lower-case letters, digits, dots, dashes and underscores, in segments joined by single slashes.',
  },
  STORAGE_NOT_FOUND: {
    family: 'not-found',
    sentence: 'No object is stored under "{key}".',
    next: 'Check the key; the object may have been collected or never finished uploading.',
  },
  STORAGE_ALREADY_EXISTS: {
    family: 'conflict',
    sentence: 'An object is already stored under "{key}".',
    next: 'Use the stored object, or write under another key.',
  },
  STORAGE_KEY_CONFLICT: {
    family: 'conflict',
    sentence: 'The key "{key}" is a folder of other objects, or lies below an object.',
    next: 'Write under another key.',
  },
  STORAGE_RANGE_INVALID: {
    family: 'input',
    sentence: 'The range {start}–{end} lies outside the {sizeBytes} of "{key}".',
    next: 'Ask for a range inside the object.',
  },
  STORAGE_HASH_MISMATCH: {
    family: 'integrity',
    sentence: 'The bytes of "{key}" do not have the SHA-256 that was announced.',
    next: 'Read the source again and upload it once more.',
  },
  STORAGE_SIZE_MISMATCH: {
    family: 'integrity',
    sentence: '"{key}" has {actual} bytes where {expected} were announced.',
    next: 'Read the source again and upload it once more.',
  },
  STORAGE_TOO_LARGE: {
    family: 'limit',
    sentence: 'An object of {sizeBytes} is larger than the {maxBytes} one object may have.',
    next: 'Split the content over several objects.',
  },
  STORAGE_UPLOAD_NOT_FOUND: {
    family: 'not-found',
    sentence: 'This upload of "{key}" does not exist: it was finished, aborted or has expired.',
    next: 'Begin the upload again.',
  },
  STORAGE_UPLOAD_INCOMPLETE: {
    family: 'conflict',
    sentence: 'The upload of "{key}" lacks part {number}.',
    next: 'Upload the missing part, then complete the upload.',
  },
  STORAGE_PART_INVALID: {
    family: 'input',
    sentence: 'The upload of "{key}" has no part {number}.',
    next: 'Ask for parts between 1 and the number the upload was cut into.',
  },
  STORAGE_SIGNATURE_INVALID: {
    family: 'auth',
    sentence: 'The upload address is not one this service signed.',
    next: 'Ask the service for a fresh upload address.',
  },
  STORAGE_SIGNATURE_EXPIRED: {
    family: 'auth',
    sentence: 'The upload address has expired.',
    next: 'Ask the service for a fresh upload address.',
  },
  STORAGE_UNAVAILABLE: {
    family: 'unavailable',
    sentence: 'The object store did not answer as expected ({reason}).',
    next: 'Try again in a moment; look at the store if it keeps happening.',
  },
  STORAGE_FULL: {
    family: 'storage',
    sentence: 'The object store has no space left for "{key}".',
    next: 'Free space on the store’s disk, then try again.',
  },
});
