import { defineErrors } from '../../patcher/errors.ts';

/** What can go wrong with the Postgres the service brings along. */
export const databaseErrors = defineErrors({
  POSTGRES_MISSING: {
    family: 'unavailable',
    sentence: 'The Postgres for {platform} that comes with the service is not installed or cannot be run.',
    next: 'Install the packages again with optional ones included, or set DATABASE_URL to a Postgres of your own.',
  },
  POSTGRES_NO_USER: {
    family: 'unavailable',
    sentence: 'Postgres does not run as root, and this system has neither a user "postgres" nor "nobody".',
    next: 'Start the service as an ordinary user, or set DATABASE_URL to a Postgres of your own.',
  },
  POSTGRES_FOLDER_CLOSED: {
    family: 'storage',
    sentence: 'The user Postgres runs as cannot reach {folder}.',
    next: 'Use a data folder outside root’s home, start the service as an ordinary user, or set DATABASE_URL.',
  },
  POSTGRES_START_FAILED: {
    family: 'unavailable',
    sentence: 'Postgres did not start: {reason}',
    next: 'See {log}; the data itself is in the folder beside it and untouched.',
  },
});
