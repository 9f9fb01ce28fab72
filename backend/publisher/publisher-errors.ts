import { defineErrors } from '../../patcher/errors.ts';

export const publisherErrors = defineErrors({
  CLI_NOT_SIGNED_IN: {
    family: 'auth',
    sentence: 'You are not signed in to {server}.',
    next: 'Run: gantry login --server {server}',
  },
  CLI_CREDENTIALS_MISSING: {
    family: 'input',
    sentence: 'No {what} was given, and there is no terminal to ask on.',
    next: 'Give --email and --password-stdin, or set GANTRY_EMAIL and GANTRY_PASSWORD.',
  },
  CLI_TARGET_INVALID: {
    family: 'input',
    sentence: '"{target}" does not name a depot or channel.',
    next: 'Write game/depot or game/depot:channel, for example skyforge/linux:beta. Depots are windows, linux, macos, web; a game has 2 to 64 small letters, digits or dashes.',
  },
  CLI_NO_ORGANISATION: {
    family: 'auth',
    sentence: 'The game {gameId} does not exist, and your account may not create games in any organisation.',
    next: 'Ask an owner of your organisation to make you a developer, or found one with: gantry organisation create ID',
  },
  CLI_SEVERAL_ORGANISATIONS: {
    family: 'input',
    sentence: 'The game {gameId} does not exist, and you belong to several organisations: {organisations}.',
    next: 'Say which one owns it with --organisation.',
  },
  CLI_PROJECT_FILE_INVALID: {
    family: 'input',
    sentence: 'The project file {file} is not valid: {reason}',
    next: 'Mend it, or write a fresh one with: gantry init',
  },
  CLI_USAGE: {
    family: 'input',
    sentence: 'The command line was not understood: {reason}',
    next: 'See gantry --help.',
  },
  CLI_OUTPUT_INSIDE_BUILD: {
    family: 'input',
    sentence: '{path} lies inside {build}, which it would become a part of.',
    next: 'Name a place outside of the builds.',
  },
  CLI_OUTPUT_UNUSABLE: {
    family: 'input',
    sentence: '{path} cannot be written: {reason}.',
    next: 'Name a file in a folder that exists.',
  },
  CLI_CANCELLED: {
    family: 'cancelled',
    sentence: 'The command was cancelled.',
    next: 'Run the same command again; push and apply go on where they stopped.',
  },
  CLI_OPTION_INVALID: {
    family: 'input',
    sentence: '{option} cannot be "{value}".',
    next: 'Allowed: {allowed}.',
  },
  CLI_FILE_EXISTS: {
    family: 'conflict',
    sentence: '{file} exists already.',
    next: 'Give --yes to replace it, or choose another place.',
  },
  CLI_FOLDER_MISSING: {
    family: 'not-found',
    sentence: 'There is no folder {folder}.',
    next: 'Check the path of the build.',
  },
  CLI_BUILD_NOT_FOUND: {
    family: 'not-found',
    sentence: 'The depot {depot} of {gameId} has no build {build}.',
    next: 'List its builds with: gantry builds {gameId}',
  },
  CLI_ART_KIND_UNKNOWN: {
    family: 'input',
    sentence: '"{kind}" is not a kind of picture.',
    next: 'Use cover, hero, icon, screenshot-1, screenshot-2 or screenshot-3.',
  },
  CLI_KEY_MISSING: {
    family: 'auth',
    sentence: 'None of the keys that publish {gameId} ({keyIds}) is on this machine.',
    next: 'Run this where the key is, put it back from its backup, or give it in GANTRY_SIGNING_KEY; if it is lost: gantry keys request {gameId}',
  },
  CLI_KEY_UNKNOWN: {
    family: 'not-found',
    sentence: 'There is no key {key} on this machine.',
    next: 'See them with: gantry keys list',
  },
  CLI_KEY_STRANGER: {
    family: 'integrity',
    sentence: 'The newest record of {gameId} was signed with a key this machine does not know ({keyId}).',
    next: 'Ask your team whose key it is; if it is one of yours, run gantry keys trust with the public key they give you.',
  },
  CLI_KEY_LAST: {
    family: 'conflict',
    sentence: 'It is the only key that publishes {gameId}.',
    next: 'Put another in its place with: gantry keys rotate {gameId}',
  },
  CLI_ROOT_KEYS_MISSING: {
    family: 'conflict',
    sentence: 'The next root carries {signatures} of the {needed} signatures of present root keys it needs.',
    next: 'Name more of the present root keys with --key; each counts once.',
  },
  CLI_BUILD_UNSIGNED: {
    family: 'conflict',
    sentence: 'Build {build} of {gameId}/{depot} was never signed by its publisher.',
    next: 'Push its folder again; that uploads nothing and signs it.',
  },
  CLI_MANIFEST_DIFFERS: {
    family: 'integrity',
    sentence: 'The service says that build {build} has another manifest than the one that was pushed.',
    next: 'Nothing was signed. Push again; if it stays, tell the service’s operator.',
  },
  CLI_SIGNED_FILE_INVALID: {
    family: 'format',
    sentence: 'The file {file} is none that gantry keys made: {reason}',
    next: 'Make it again.',
  },
  PREVIEW_MANIFEST_UNAVAILABLE: {
    family: 'network',
    sentence: 'The manifest of build {buildId} could not be read (status {status}).',
    next: 'Try again in a moment.',
  },
  PUSH_REJECTED: {
    family: 'input',
    sentence: 'The service did not accept the build: {reason}',
    next: '{advice}',
  },
  PUSH_UPLOAD_REFUSED: {
    family: 'network',
    sentence: 'The storage refused a part of a pack with status {status}.',
    next: 'Run the same push again; it goes on where it stopped.',
  },
});
