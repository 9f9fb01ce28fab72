import { defineErrors } from '../errors.ts';

/** What can go wrong between the launcher and the process that patches. */
export const processErrors = defineErrors({
  PATCHER_DIED: {
    family: 'unavailable',
    sentence: 'The process that installs games ended unexpectedly, several times ({reason}).',
    next: 'Resume; what was downloaded is kept. If it happens again, restart the launcher.',
  },
  PATCHER_CLOSED: {
    family: 'cancelled',
    sentence: 'The launcher is closing.',
    next: 'Start the launcher again; the job goes on where it stopped.',
  },
  PATCHER_FAILED: {
    family: 'unavailable',
    sentence: 'The process that installs games met a mistake of its own ({reason}).',
    next: 'Resume; if it happens again, report it with the diagnostics bundle.',
  },
});
