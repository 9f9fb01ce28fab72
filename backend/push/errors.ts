import { defineErrors } from '../../patcher/errors.ts';

/** What can go wrong with a push. */
export const pushErrors = defineErrors({
  PUSH_DEPOT_BUSY: {
    family: 'conflict',
    sentence: '{who} has been pushing to {game}/{depot} since {since}.',
    next: 'Wait until that push is committed, or ask {who} to give it up.',
  },
  PUSH_BEING_VERIFIED: {
    family: 'conflict',
    sentence: 'Your last push to {game}/{depot} is still being verified.',
    next: 'Wait until it is done (gantry status shows it), then push again.',
  },
  PUSH_NOT_OPEN: {
    family: 'conflict',
    sentence: 'This push is {state} and takes no more uploads.',
    next: 'Run the push again; what was uploaded is not uploaded twice.',
  },
  PUSH_PACK_TOO_LARGE: {
    family: 'limit',
    sentence: 'A pack of {sizeBytes} is larger than the {maxBytes} a pack may have.',
    next: 'Push with a gantry of the service’s version, which makes smaller packs.',
  },
  PUSH_PACK_UNKNOWN: {
    family: 'not-found',
    sentence: 'No upload of the pack {pack} was begun in this push.',
    next: 'Begin the upload, then complete it.',
  },
  PUSH_PACK_MISSING: {
    family: 'conflict',
    sentence: 'The manifest names the pack {pack}, which is not in this depot.',
    next: 'Run the push again: only what is missing is uploaded.',
  },
  PUSH_PACK_DAMAGED: {
    family: 'integrity',
    sentence: 'The pack {pack} does not hold what its name or the manifest says: {reason}',
    next: 'Run the push again: the damaged pack was removed and is uploaded anew.',
  },
  PUSH_FILE_DAMAGED: {
    family: 'integrity',
    sentence: 'The chunks the manifest lists for {path} do not make the file it describes.',
    next: 'Run the push again, and do not change files while they are read.',
  },
  PUSH_MANIFEST_LOST: {
    family: 'storage',
    sentence: 'The manifest of this push is no longer in the service’s storage.',
    next: 'Run the push again; what was uploaded is not uploaded twice.',
  },
  PUSH_CHECK_FAILED: {
    family: 'unavailable',
    sentence: 'The service could not finish verifying this push.',
    next: 'Run the push again; what was uploaded is not uploaded twice.',
  },
  CHUNK_QUERY_INVALID: {
    family: 'input',
    sentence: 'A chunk query of {sizeBytes} is no list of 32-byte hashes.',
    next: 'Send 32 bytes for each chunk.',
  },
});
