import { defineErrors } from '../errors.ts';

/** Why bytes could not be had from the CDN. */
export const downloadErrors = defineErrors({
  DOWNLOAD_NETWORK_FAILED: {
    family: 'network',
    sentence: 'The download server could not be reached ({reason}).',
    next: 'Check the connection and resume; nothing already downloaded is lost.',
  },
  DOWNLOAD_CERTIFICATE_REFUSED: {
    family: 'network',
    sentence: 'The download server’s certificate is not valid here ({reason}).',
    next: 'Check the clock of this computer and any program that inspects the connection, then resume.',
  },
  DOWNLOAD_STALLED: {
    family: 'network',
    sentence: 'The download server stopped sending for {seconds} s, several times.',
    next: 'Check the connection and resume; nothing already downloaded is lost.',
  },
  DOWNLOAD_SERVER_BUSY: {
    family: 'unavailable',
    sentence: 'The download server is busy or failing (status {status}).',
    next: 'Resume in a few minutes; nothing already downloaded is lost.',
  },
  DOWNLOAD_BLOCKED_BY_NETWORK: {
    family: 'network',
    sentence:
      'Something between this computer and the download server answered instead of it (status {status}).',
    next: 'Sign in to the network, try another one, or ask whoever runs it; your region may also be blocked.',
  },
  DOWNLOAD_REFUSED: {
    family: 'auth',
    sentence: 'The download server refused the right to read this build ({reason}).',
    next: 'Sign in again and resume.',
  },
  DOWNLOAD_OBJECT_MISSING: {
    family: 'not-found',
    sentence: 'A part of this build is missing on the download server ({path}).',
    next: 'Report the build to its publisher; the installed build stays as it is.',
  },
  DOWNLOAD_RANGE_INVALID: {
    family: 'integrity',
    sentence: 'The download server sent other bytes than were asked for ({reason}).',
    next: 'Resume on another network; a proxy may be changing what passes through.',
  },
  DOWNLOAD_CORRUPT: {
    family: 'integrity',
    sentence: 'A downloaded part does not have its hash, even when fetched again ({path}).',
    next: 'Resume on another network; a proxy may be changing what passes through.',
  },
  DOWNLOAD_TOO_LARGE: {
    family: 'limit',
    sentence: 'The object {path} states {sizeBytes} bytes; at most {max} are read into memory.',
    next: 'Report the build to its publisher.',
  },
  DOWNLOAD_PATH_REFUSED: {
    family: 'input',
    sentence: 'The object path {path} is not one this program asks for.',
    next: 'Report the build to its publisher.',
  },
});
