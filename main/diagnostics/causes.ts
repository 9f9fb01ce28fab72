import type { Failure } from '../../preload/contract.ts';

export interface Cause {
  /** Why it happened, as far as the error itself tells. */
  readonly sentence: string;
  /** The one button that helps; `none` where the next step is in the form that was filled in, or at a terminal. */
  readonly action: Failure['action'];
}

/** Everything that ever goes wrong for a player, and the one thing that helps. Each code has one of these. */
export const causes = {
  'disk-full': {
    sentence: 'The drive has less free space than the build needs while it is being made.',
    action: 'free-space',
  },
  'read-only': {
    sentence: 'The drive is write-protected, or the system protects it because it found a fault on it.',
    action: 'change-location',
  },
  'no-permission': {
    sentence: 'Your account may not write there; another account made the folder, or the system guards it.',
    action: 'change-location',
  },
  'unusable-folder': { sentence: 'The folder cannot hold this game.', action: 'change-location' },
  'file-in-use': {
    sentence: 'Another program has a file of the game open, and does not let go of it.',
    action: 'retry',
  },
  'failing-disk': {
    sentence:
      'The drive could not read or write what it was told to. Drives that begin to do that often fail for good.',
    action: 'change-location',
  },
  storage: { sentence: 'The system refused to read or write a file.', action: 'retry' },
  'too-little-memory': {
    sentence:
      'The computer ran out of something that other programs use as well, such as memory or open files.',
    action: 'retry',
  },
  'damaged-files': {
    sentence:
      'A file of the game is not what its publisher signed: a disk, another program or an antivirus changed it.',
    action: 'repair',
  },
  'damaged-records': {
    sentence: 'What the launcher noted about this install cannot be read any more.',
    action: 'repair',
  },
  offline: { sentence: 'The computer has no network, or no name service.', action: 'wait' },
  'server-unreachable': {
    sentence: 'The server could not be reached, or broke the connection off.',
    action: 'wait',
  },
  'server-busy': { sentence: 'The server has too much to do, or is being repaired.', action: 'wait' },
  'captive-portal': {
    sentence: 'This network wants you to sign in, or to accept its terms, before it lets anything through.',
    action: 'open-portal',
  },
  'inspecting-proxy': {
    sentence: 'An antivirus, a proxy or the network itself opens what passes through and may change it.',
    action: 'retry',
  },
  'blocked-by-network': {
    sentence: 'A filter of the network or of the publisher does not let the download through.',
    action: 'retry',
  },
  'blocked-region': { sentence: 'The publisher does not offer the game where you are.', action: 'retry' },
  'wrong-clock': {
    sentence: 'With a wrong clock, certificates and signatures seem to be of the past or of the future.',
    action: 'fix-clock',
  },
  'no-right': {
    sentence: 'Your right to download this game could not be confirmed.',
    action: 'sign-in',
  },
  'signed-out': {
    sentence: 'The service does not know, or no longer knows, who you are.',
    action: 'sign-in',
  },
  'broken-build': {
    sentence: 'The publisher’s build is not complete or not in order. Nothing of it was installed.',
    action: 'report',
  },
  untrusted: {
    sentence:
      'What the service offered is not vouched for by the keys this launcher trusts, so nothing of it was used.',
    action: 'wait',
  },
  'newer-launcher': {
    sentence: 'This launcher is older than what it was asked to read.',
    action: 'update-launcher',
  },
  'busy-install': { sentence: 'Something else is being done with this game.', action: 'wait' },
  'second-launcher': {
    sentence: 'Two launchers would write over each other’s records of games and downloads.',
    action: 'wait',
  },
  'game-running': { sentence: 'The game has its files open while it runs.', action: 'retry' },
  'not-offered': {
    sentence: 'It was taken away, has another name, or is not offered to your account.',
    action: 'look-again',
  },
  'build-withdrawn': {
    sentence: 'Only builds that the publisher signed and has not taken back are installed.',
    action: 'look-again',
  },
  'install-away': {
    sentence: 'The folder of the game, or the drive it is on, is not there now.',
    action: 'retry',
  },
  'out-of-date': {
    sentence: 'Something has changed since you last looked, or was done from elsewhere.',
    action: 'look-again',
  },
  'not-yet': { sentence: 'What this needs is not there, or not yet. Nothing was changed.', action: 'none' },
  'no-folder-window': {
    sentence: 'The program of your system that shows such windows is missing or does not run.',
    action: 'none',
  },
  'wrong-credentials': {
    sentence: 'A slip while typing is the most common reason; capital letters count in a password.',
    action: 'none',
  },
  'wrong-input': {
    sentence: 'What was entered or asked for does not fit. Nothing was changed.',
    action: 'none',
  },
  stopped: { sentence: 'It was stopped on purpose; nothing went wrong.', action: 'retry' },
  'unfit-runtime': {
    sentence: 'The Node that runs this program was built without it, or is damaged.',
    action: 'report',
  },
  'own-fault': { sentence: 'That is a mistake of the launcher’s, not yours.', action: 'retry' },
  'launcher-update': {
    sentence:
      'The launcher’s own update is not what its makers signed, or cannot be had now. You keep the version you have.',
    action: 'wait',
  },
  'service-fault': { sentence: 'That is a mistake of the service’s, not yours.', action: 'wait' },
  /** Only publishers and operators, at a terminal, get these. */
  publisher: { sentence: 'Something in the publisher’s build or command has to be changed.', action: 'none' },
  operator: { sentence: 'Something in the service’s set-up has to be changed.', action: 'none' },
} as const satisfies Readonly<Record<string, Cause>>;

export type CauseName = keyof typeof causes;
