import { defineErrors } from '../errors.ts';

/** Why bytes could not be had from the CDN. */
export const downloadErrors = defineErrors({
  DOWNLOAD_NETWORK_FAILED: {
    family: 'network',
    sentence: 'The download server could not be reached ({reason}).',
    next: 'Check the connection and resume; nothing already downloaded is lost.',
  },
  DOWNLOAD_OFFLINE: {
    family: 'network',
    sentence: 'This computer has no connection to the download server ({reason}).',
    next: 'Check the network; the download goes on by itself once it is back.',
  },
  DOWNLOAD_CAPTIVE_PORTAL: {
    family: 'network',
    sentence: 'The network answered with its own page instead of the download (status {status}).',
    next: 'Sign in to the network in a browser, then resume.',
  },
  DOWNLOAD_CONNECTION_INSPECTED: {
    family: 'network',
    sentence:
      'Something on the way answered for the download server with a certificate of its own ({reason}).',
    next: 'Let the antivirus or proxy pass the download server, or use another network, then resume.',
  },
  DOWNLOAD_PROXY_SIGN_IN: {
    family: 'network',
    sentence: 'The proxy of this network wants a name and password.',
    next: 'Sign in to the proxy in the system’s network settings, then resume.',
  },
  DOWNLOAD_CLOCK_WRONG: {
    family: 'network',
    sentence:
      'The clock of this computer is wrong, so the download server cannot be trusted or trust us ({reason}).',
    next: 'Set the clock, best by letting the system set it from the network, then resume.',
  },
  DOWNLOAD_REGION_BLOCKED: {
    family: 'network',
    sentence: 'This game is not offered in the country you are connected from.',
    next: 'Switch off a VPN if you use one; else ask the publisher.',
  },
  DOWNLOAD_CERTIFICATE_REFUSED: {
    family: 'network',
    sentence: 'The download server’s certificate is not valid here ({reason}).',
    next: 'Resume later, or report it to the publisher if it stays.',
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
    sentence: 'The object {path} states {sizeBytes}; at most {maxBytes} are read into memory.',
    next: 'Report the build to its publisher.',
  },
  DOWNLOAD_PATH_REFUSED: {
    family: 'input',
    sentence: 'The object path {path} is not one this program asks for.',
    next: 'Report the build to its publisher.',
  },
});
