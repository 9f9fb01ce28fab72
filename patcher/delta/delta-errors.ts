import { defineErrors } from '../errors.ts';

/** What can go wrong while a patch is made, read or applied. */
export const deltaErrors = defineErrors({
  PATCH_SEGMENT_DAMAGED: {
    family: 'integrity',
    sentence: 'A segment of the patch is damaged: {reason}.',
    next: 'Fetch that segment again, or fetch the files it makes as chunks.',
  },
  PATCH_OLD_MISMATCH: {
    family: 'conflict',
    sentence: 'The old build is not the one this patch was made for: {path} {reason}.',
    next: 'Give the folder that holds the build the patch was made from, whole and unchanged; an install can be repaired, or updated by chunks instead.',
  },
  PATCH_RESULT_MISMATCH: {
    family: 'integrity',
    sentence: 'Applying the patch did not give the expected bytes: {reason}.',
    next: 'Verify the old build and fetch the patch again; if that fails, update by chunks.',
  },
  PATCH_INPUT_CHANGED: {
    family: 'conflict',
    sentence: '{path} changed while the patch was being made.',
    next: 'Make sure nothing writes to the build, then start again.',
  },
  PATCH_READ_FAILED: {
    family: 'storage',
    sentence: '{path} cannot be read.',
    next: 'Check that the file exists and may be read, then try again.',
  },
  PATCH_NOT_A_FILE: {
    family: 'input',
    sentence: '{path} is not a file, and a patch has to be one: it is read from several places.',
    next: 'Save the patch as a file and name that.',
  },
  PATCH_WRITE_FAILED: {
    family: 'storage',
    sentence: '{path} cannot be written.',
    next: 'Check the free space and the permissions of the folder, then try again.',
  },
  PATCH_NO_SPACE: {
    family: 'storage',
    sentence: 'The new build takes {neededBytes}; {freeBytes} are free.',
    next: 'Free some space, or name a folder on another disk.',
  },
  PATCH_OUTPUT_EXISTS: {
    family: 'conflict',
    sentence: '{path} holds something already, and not what a stopped run of this patch left there.',
    next: 'Name a folder that does not exist yet, or delete what is there; gantry verify tells whether it is complete already.',
  },
  PATCH_PART_INVALID: {
    family: 'integrity',
    sentence: 'A part of the patch cannot be used: {part}: {reason}.',
    next: 'Make that part again.',
  },
  PATCH_PARTS_INCOMPLETE: {
    family: 'input',
    sentence: 'The parts hold {segments} of the patch’s {segmentsPlanned} segments.',
    next: 'Name all parts of the patch, in order.',
  },
  PATCH_HEADER_TOO_LARGE: {
    family: 'input',
    sentence:
      'Reading the header of the patch takes {neededBytes} of memory, more than the {memoryBytes} it may.',
    next: 'Allow twice as much memory as it takes, or update by chunks instead.',
  },
  PATCH_BUDGET_TOO_SMALL: {
    family: 'input',
    sentence: 'A memory budget of {budgetBytes} is too small to compare two builds.',
    next: 'Allow at least 16 MiB.',
  },
});

/** A segment that contradicts itself or its place in the patch. */
export function damaged(reason: string, cause?: unknown): Error {
  return deltaErrors.error('PATCH_SEGMENT_DAMAGED', { reason }, cause);
}
