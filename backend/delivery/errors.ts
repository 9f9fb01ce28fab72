import { defineErrors } from '../../patcher/errors.ts';

/** What can be expected to go wrong with signing, the CDN's settings and its logs. */
export const deliveryErrors = defineErrors({
  SIGNER_RESOURCE_MISSING: {
    family: 'input',
    sentence: 'A grant without a resource would open every file of the CDN.',
    next: 'Name the game and the depot the grant is for.',
  },
  SIGNER_WILDCARD_HOST: {
    family: 'input',
    sentence: 'The resource "{resource}" has a wildcard outside the end of its path.',
    next: 'Sign for one host and one depot: <base>/t/<game>/<depot>/*.',
  },
  SIGNER_RESOURCE_INVALID: {
    family: 'input',
    sentence: 'The resource "{resource}" is not one depot of this CDN.',
    next: 'Sign for <base>/t/<game>/<depot>/*, in the form the address has when it is requested.',
  },
  SIGNER_LIFETIME_INVALID: {
    family: 'input',
    sentence: 'A grant of {lifetimeSeconds} seconds is outside the allowed {minSeconds} to {maxSeconds}.',
    next: 'Choose a lifetime between five minutes and one hour.',
  },
  SIGNER_GRANT_ID_INVALID: {
    family: 'input',
    sentence: 'The grant id "{grantId}" has characters that an address would have to escape.',
    next: 'Use letters, digits, dashes and underscores, 64 at most.',
  },
  SIGNER_IP_INVALID: {
    family: 'input',
    sentence: '"{ipAddress}" is not an IPv4 address or range.',
    next: 'Give an address such as 203.0.113.7 or a range such as 203.0.113.0/24; CloudFront knows no IPv6 here.',
  },
  KEY_RING_INVALID: {
    family: 'format',
    sentence: 'The signing key file {file} cannot be used: {reason}.',
    next: 'Restore the file from a backup, or make a new key ring and register its public key with the CDN.',
  },
  KEY_RING_FULL: {
    family: 'conflict',
    sentence: 'Two signing keys are live already.',
    next: 'Retire the old key, once the last address it signed has expired, before adding another.',
  },
  KEY_RING_KEY_UNKNOWN: {
    family: 'not-found',
    sentence: 'The key ring has no key "{keyId}".',
    next: 'List the keys of the ring and choose one of them.',
  },
  KEY_RING_KEY_ACTIVE: {
    family: 'conflict',
    sentence: 'The key "{keyId}" is the one that signs now.',
    next: 'Rotate to a new key before retiring this one.',
  },
  CDN_REQUEST_FAILED: {
    family: 'unavailable',
    sentence: 'CloudFront refused or failed a request ({reason}).',
    next: 'Look at the permissions of the service’s role and at the AWS status page, then try again.',
  },
  ACCESS_LOG_UNREADABLE: {
    family: 'storage',
    sentence: 'The access log {file} cannot be read: {reason}.',
    next: 'Check the log folder’s permissions; reading goes on where it stopped.',
  },
  PRICE_UNKNOWN: {
    family: 'not-found',
    sentence: 'No price table was in force on {date}.',
    next: 'Ask for a later date, or add a price table with its source.',
  },
});
