import { defineErrors } from '../patcher/errors.ts';

/** What can go wrong in the launcher's own services; the patcher's and the service's errors keep their codes. */
export const launcherErrors = defineErrors({
  LAUNCHER_REQUEST_UNKNOWN: {
    family: 'input',
    sentence: 'The launcher has no request named {name}.',
    next: 'Update the launcher: its window and its core are of different versions.',
  },
  LAUNCHER_REQUEST_INVALID: {
    family: 'input',
    sentence: 'The request {name} was not understood: {reason}.',
    next: 'Correct the value and try again.',
  },
  LAUNCHER_REQUEST_TOO_LARGE: {
    family: 'limit',
    sentence: 'The request {name} is larger than the launcher takes.',
    next: 'Shorten what you entered and try again.',
  },
  LAUNCHER_REQUEST_REFUSED: {
    family: 'auth',
    sentence: 'A request from {sender} was refused.',
    next: 'Use the launcher’s own window.',
  },
  LAUNCHER_REQUEST_TOO_OFTEN: {
    family: 'limit',
    sentence: 'Too many requests came at once.',
    next: 'Wait a moment and try again.',
  },
  LAUNCHER_FAULT: {
    family: 'unavailable',
    sentence: 'The launcher met a fault of its own.',
    next: 'Try again; if it stays, save a diagnostics bundle in Settings and send it to support.',
  },
  LAUNCHER_RENDERER_MISSING: {
    family: 'not-found',
    sentence: 'The launcher’s screens are not built: {folder} has no index.html.',
    next: 'Build them with "npx electron-vite build" or give --renderer.',
  },
  LAUNCHER_FOLDER_WINDOW_FAILED: {
    family: 'storage',
    sentence: 'The window to choose a folder in could not be shown: {program} did not run ({reason}).',
    next: 'Enter the full path of the folder instead.',
  },
  PROFILE_IN_USE: {
    family: 'conflict',
    sentence: 'Another launcher (process {pid}) is using the profile {folder}.',
    next: 'Close it, or give this one a profile of its own with GANTRY_HOME.',
  },
  PROFILE_NOT_WRITABLE: {
    family: 'storage',
    sentence: 'The profile folder {folder} cannot be written.',
    next: 'Check its permissions and the free space of its drive.',
  },
  SESSION_SIGNED_OUT: {
    family: 'auth',
    sentence: 'You are not signed in.',
    next: 'Sign in and try again.',
  },
  SESSION_EXPIRED: {
    family: 'auth',
    sentence: 'Your session has ended.',
    next: 'Sign in again.',
  },
  LIBRARY_GAME_UNKNOWN: {
    family: 'not-found',
    sentence: 'Your library has no game {gameId}.',
    next: 'Refresh the library, and check the name.',
  },
  LIBRARY_NO_DEPOT: {
    family: 'not-found',
    sentence: '{gameId} has nothing published for {platform}.',
    next: 'Ask the publisher, or try another machine.',
  },
  LIBRARY_CHANNEL_UNKNOWN: {
    family: 'not-found',
    sentence: '{gameId} has no channel {channel}.',
    next: 'Choose one of: {channels}.',
  },
  INSTALL_NOT_INSTALLED: {
    family: 'not-found',
    sentence: '{gameId} is not installed.',
    next: 'Install it first.',
  },
  INSTALL_NOTHING_TO_PRELOAD: {
    family: 'not-found',
    sentence:
      'There is nothing to make ready for {gameId}: no coming build is announced, and it is up to date.',
    next: 'Refresh the library, or wait until the studio announces a build.',
  },
  INSTALL_ALREADY_INSTALLED: {
    family: 'conflict',
    sentence: '{gameId} is already installed in {folder}.',
    next: 'Update it, or uninstall it first.',
  },
  INSTALL_BUSY: {
    family: 'conflict',
    sentence: '{gameId} is already being worked on.',
    next: 'Wait until it is done, or cancel it in Downloads.',
  },
  INSTALL_NOT_QUEUED: {
    family: 'not-found',
    sentence: 'Nothing is queued for {gameId}.',
    next: 'Look at Downloads for what is.',
  },
  INSTALL_FOLDER_IN_USE: {
    family: 'conflict',
    sentence: 'The folder {folder} belongs to {owner}.',
    next: 'Choose another folder.',
  },
  INSTALL_GAME_RUNNING: {
    family: 'conflict',
    sentence: '{gameId} is running.',
    next: 'Close the game and try again.',
  },
  INSTALL_PAUSED: {
    family: 'cancelled',
    sentence: 'The download of {gameId} is paused.',
    next: 'Resume it when you like.',
  },
  INSTALL_CANCELLED: {
    family: 'cancelled',
    sentence: 'The download of {gameId} was cancelled.',
    next: 'Start it again when you like.',
  },
  PLAY_NO_TARGET: {
    family: 'not-found',
    sentence: '{gameId} does not say how it starts.',
    next: 'Ask the publisher to name a launch target.',
  },
  PLAY_FILE_CHANGED: {
    family: 'integrity',
    sentence: '{path} of {gameId} is not what its publisher signed.',
    next: 'Repair the game, then play.',
  },
  PLAY_FILE_MISSING: {
    family: 'integrity',
    sentence: '{path} of {gameId} is missing.',
    next: 'Repair the game, then play.',
  },
  PLAY_START_FAILED: {
    family: 'storage',
    sentence: '{gameId} could not be started: {reason}.',
    next: 'Repair the game; if it stays, look for an antivirus or a permission that stops it.',
  },
  PLAY_ALREADY_RUNNING: {
    family: 'conflict',
    sentence: '{gameId} is already running.',
    next: 'Switch to its window.',
  },
  PLAY_NOT_RUNNING: {
    family: 'not-found',
    sentence: '{gameId} is not running.',
    next: 'Start it first.',
  },
  PLAY_WINDOW_BLOCKED: {
    family: 'conflict',
    sentence: 'The window of {gameId} could not be opened.',
    next: 'Allow pop-up windows for the launcher’s page, then press Play again.',
  },
  QUEST_UNKNOWN: {
    family: 'not-found',
    sentence: 'There is no quest {questId}.',
    next: 'Refresh the quests.',
  },
  SETTING_FOLDER_UNUSABLE: {
    family: 'input',
    sentence: 'Games cannot be kept in {folder}.',
    next: 'Give the full path of a folder on a drive that is connected.',
  },
  UPDATE_UNSUPPORTED: {
    family: 'conflict',
    sentence: 'This launcher does not update itself.',
    next: 'Update it the way it was installed.',
  },
  UPDATE_RECORD_MISSING: {
    family: 'integrity',
    sentence: 'The launcher’s update {version} has no signed release record.',
    next: 'Nothing was changed; the launcher tries again later.',
  },
  UPDATE_RECORD_UNTRUSTED: {
    family: 'integrity',
    sentence: 'The release record of the launcher’s update is not signed by its maker.',
    next: 'Nothing was changed; the launcher tries again later.',
  },
  UPDATE_RECORD_INVALID: {
    family: 'format',
    sentence: 'The release record of the launcher’s update cannot be read: {reason}.',
    next: 'Nothing was changed; the launcher tries again later.',
  },
  UPDATE_DOWNGRADE: {
    family: 'integrity',
    sentence: 'The update {offered} is not newer than the launcher you have ({current}).',
    next: 'Nothing was changed.',
  },
  UPDATE_FILE_MISMATCH: {
    family: 'integrity',
    sentence: 'The launcher’s update {version} is not the file its maker signed.',
    next: 'It was deleted; the launcher tries again later.',
  },
  UPDATE_FEED_UNREACHABLE: {
    family: 'network',
    sentence: 'The launcher’s update feed cannot be reached.',
    next: 'Nothing was changed; the launcher tries again later.',
  },
  UPDATE_NOT_READY: {
    family: 'conflict',
    sentence: 'No update is ready.',
    next: 'Check for updates first.',
  },
  LINK_INVALID: {
    family: 'input',
    sentence: 'The link is not one Gantry understands.',
    next: 'Open the game from your library.',
  },
});
