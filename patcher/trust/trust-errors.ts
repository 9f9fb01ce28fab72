import { defineErrors } from '../errors.ts';

/** What a launcher refuses about signed metadata. Each attack that The Update Framework names meets a code of its own. */
export const trustErrors = defineErrors({
  TRUST_ROLLBACK: {
    family: 'integrity',
    sentence:
      'The service offered an older {role} record than this launcher has seen ({offered} after {seen}).',
    next: 'Nothing was changed. Try again later; if it stays, tell the service’s operator.',
  },
  TRUST_EXPIRED: {
    family: 'integrity',
    sentence: 'The service’s {role} record ended on {expires}, so nobody vouches for what is newest.',
    next: 'Installed games stay playable. Check this computer’s date and time, then try again later.',
  },
  TRUST_MIXED: {
    family: 'integrity',
    sentence: 'The service’s records do not belong together: {role} is not the one that was announced.',
    next: 'Nothing was changed. Try again in a moment.',
  },
  TRUST_FAST_FORWARD: {
    family: 'integrity',
    sentence:
      'The service’s {role} record jumped from version {seen} to {offered}, which no honest one does.',
    next: 'Nothing was changed. Tell the service’s operator.',
  },
  TRUST_TOO_LARGE: {
    family: 'integrity',
    sentence: 'The service sent more than the {maxBytes} its {role} record may have.',
    next: 'Nothing was changed. Try again later; if it stays, tell the service’s operator.',
  },
  TRUST_WRONG_SCOPE: {
    family: 'integrity',
    sentence: 'A {role} record that speaks for {actual} was offered in place of one for {expected}.',
    next: 'Nothing was changed. Tell the service’s operator.',
  },
  TRUST_SIGNATURES_MISSING: {
    family: 'integrity',
    sentence: 'The {role} record is not signed by enough of the keys it needs.',
    next: 'Nothing was changed. Try again later; if it stays, tell the service’s operator.',
  },
  TRUST_SIGNATURE_WRONG: {
    family: 'integrity',
    sentence: 'A signature under the {role} record is wrong.',
    next: 'Nothing was changed. Try again later; if it stays, tell the service’s operator.',
  },
  TRUST_KEY_UNKNOWN: {
    family: 'integrity',
    sentence: 'The {role} record is signed with a key that may not sign it ({keyId}).',
    next: 'Nothing was changed. Try again later; if it stays, tell the service’s operator.',
  },
  TRUST_DOCUMENT_INVALID: {
    family: 'format',
    sentence: 'The {role} record cannot be read: {reason}.',
    next: 'Nothing was changed. Try again later; if it stays, tell the service’s operator.',
  },
  TRUST_DOCUMENT_MISSING: {
    family: 'not-found',
    sentence: 'The service has no {role} record.',
    next: 'Try again later; if it stays, tell the service’s operator.',
  },
  TRUST_UNREACHABLE: {
    family: 'network',
    sentence: 'What vouches for new builds could not be fetched ({reason}).',
    next: 'Check the connection and try again. Installed games stay playable.',
  },
  TRUST_GAME_UNKNOWN: {
    family: 'not-found',
    sentence: 'Nobody is trusted to publish {gameId} here.',
    next: 'Wait until its publisher has signed a build; ask them if it stays.',
  },
  TRUST_CHANNEL_UNSIGNED: {
    family: 'not-found',
    sentence: 'The publisher has signed no build of {gameId} for {depot}, channel {channel}.',
    next: 'Choose another channel, or ask the publisher.',
  },
  TRUST_BUILD_UNSIGNED: {
    family: 'not-found',
    sentence: 'The publisher of {gameId} does not vouch for its build {buildId}, or no longer does.',
    next: 'Choose another build.',
  },
  TRUST_SERVICE_DISAGREES: {
    family: 'unavailable',
    sentence: 'The service offers build {offered} of {gameId} where its publisher signed build {signed}.',
    next: 'Refresh the library and try again; if it stays, tell the publisher.',
  },
  TRUST_ROOT_MISSING: {
    family: 'auth',
    sentence: 'This launcher was given no keys with which to check what {service} publishes.',
    next: 'Use the launcher that the service’s operator hands out, or name its root file in GANTRY_TRUST_ROOT.',
  },
  TRUST_ROOT_UNUSABLE: {
    family: 'format',
    sentence: 'The file {file} is no root of trust: {reason}',
    next: 'Get the root file again from the service’s operator, by another way than the service itself.',
  },
  TRUST_STATE_NOT_WRITABLE: {
    family: 'storage',
    sentence: 'What this launcher has verified could not be kept in {folder}.',
    next: 'Check the folder’s permissions and the free space of its drive, then try again.',
  },
});
