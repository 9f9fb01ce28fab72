import { defineErrors } from '../../patcher/errors.ts';

/** What the service does not take into its repository of signed records. */
export const repositoryErrors = defineErrors({
  SIGNING_VERSION_CONFLICT: {
    family: 'conflict',
    sentence: 'The {role} record is at version {current}, so version {offered} does not follow it.',
    next: 'Run the command again: it signs what follows the newest record.',
  },
  SIGNING_TARGET_UNKNOWN: {
    family: 'input',
    sentence: 'The signed record names {path}, which is no build of this game: {reason}',
    next: 'Push the build first, then sign it.',
  },
  SIGNING_CHANNEL_DROPPED: {
    family: 'conflict',
    sentence: 'The signed record no longer has {path}, which players follow.',
    next: 'Sign a record that keeps every channel; point it elsewhere instead.',
  },
  SIGNING_KEY_REFUSED: {
    family: 'auth',
    sentence: 'The key that publishes {gameId} may only be replaced by a request signed with it.',
    next: 'Sign the request with the old key; if it is lost, send the operator a request made by: gantry keys request {gameId}',
  },
  SIGNING_DELEGATION_OFFLINE: {
    family: 'conflict',
    sentence: 'This service does not hold the key that says who may publish a game.',
    next: 'Send its operator a request made by: gantry keys request {gameId}',
  },
  SIGNING_RECORD_STRANDED: {
    family: 'conflict',
    sentence: 'After this change nobody would vouch for {role} of {organisationId}.',
    next: 'Send a record signed by the new keys together with the change.',
  },
  SIGNING_EXPIRY_REFUSED: {
    family: 'input',
    sentence: 'The {role} record ends on {expires}, which is over or nearly so.',
    next: 'Sign it again with a later end.',
  },
  SIGNING_ONLINE_KEY_MISSING: {
    family: 'conflict',
    sentence: 'The service holds no key with which the root lets it sign {role} records.',
    next: 'Give it the keys made with this root (keys/trust.json or GANTRY_TRUST), then start it again; docs/trust.md says how.',
  },
  SIGNING_ROOT_UNRELATED: {
    family: 'conflict',
    sentence: 'The root in {place} does not follow the one this service’s players know.',
    next: 'Start the service with the keys it had; docs/trust.md says how a root is replaced.',
  },
});
