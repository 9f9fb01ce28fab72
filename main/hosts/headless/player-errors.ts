import { defineErrors } from '../../../patcher/errors.ts';

/** What only the command line can get wrong. */
export const playerErrors = defineErrors({
  PLAYER_CREDENTIALS_MISSING: {
    family: 'input',
    sentence: 'There is no terminal to ask for e-mail and password on.',
    next: 'Give --email and --password-stdin, or set GANTRY_EMAIL and GANTRY_PASSWORD.',
  },
  PLAYER_USAGE: {
    family: 'input',
    sentence: 'The command line was not understood: {reason}',
    next: 'See gantry-player --help.',
  },
  PLAYER_CANCELLED: {
    family: 'cancelled',
    sentence: 'The command was cancelled.',
    next: 'Run the same command again; it goes on where it stopped.',
  },
  PLAYER_SETTING_INVALID: {
    family: 'input',
    sentence: '"{value}" is no value of the setting {name}.',
    next: 'Give for example {example}.',
  },
  PLAYER_SECONDS_INVALID: {
    family: 'input',
    sentence: '--seconds takes a positive number, not "{value}".',
    next: 'Give for example --seconds 60.',
  },
});
