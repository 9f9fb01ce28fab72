import { defineErrors } from '../../patcher/errors.ts';

/** What keeps a patch from being published; players then fetch chunks. */
export const patchJobErrors = defineErrors({
  PATCH_PROOF_FAILED: {
    family: 'integrity',
    sentence: 'Applied to the old build, the new patch does not give the new build: {path}: {reason}.',
    next: 'The patch was thrown away and is made again; report this if it happens every time.',
  },
  PATCH_PLAN_DIFFERS: {
    family: 'conflict',
    sentence:
      'This worker divides the patch from build {oldBuildId} to build {newBuildId} otherwise than the one that began it.',
    next: 'Run the same version of Gantry on all workers.',
  },
});
