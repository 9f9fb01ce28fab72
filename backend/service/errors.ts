import { defineErrors } from '../../patcher/errors.ts';

/** What can keep a service from starting. */
export const startErrors = defineErrors({
  SERVICE_ALREADY_RUNNING: {
    family: 'conflict',
    sentence: 'A service (process {pid}) already runs on {folder}.',
    next: 'Use that service, stop it first, or choose another data folder.',
  },
  SERVICE_CONFIG_INVALID: {
    family: 'input',
    sentence: 'The service’s configuration cannot be used: {reason}',
    next: 'Correct the named environment variables; docs/configuration.md lists them.',
  },
  SERVICE_KEYS_INVALID: {
    family: 'format',
    sentence: 'The key file {file} cannot be used.',
    next: 'Restore it from a backup; without it every session has to sign in again.',
  },
  SERVICE_PORT_TAKEN: {
    family: 'conflict',
    sentence: 'Port {port} is used by another program.',
    next: 'Stop that program, or choose another port.',
  },
});
