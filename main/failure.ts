import { AppError, type ErrorFamily } from '../patcher/errors.ts';
import type { Failure } from '../preload/contract.ts';
import { launcherErrors } from './launcher-errors.ts';

type Action = Failure['action'];

/** The one button a failure's card shows, by family; {@link actionOfCode} overrides it. */
const actionOfFamily: Readonly<Record<ErrorFamily, Action>> = {
  input: 'none',
  network: 'retry',
  storage: 'retry',
  integrity: 'repair',
  format: 'retry',
  auth: 'sign-in',
  'not-found': 'none',
  conflict: 'retry',
  limit: 'retry',
  unavailable: 'retry',
  cancelled: 'none',
};

/** Storage faults that another folder cures; matched against the code and the operating system's own code. */
const LOCATION = /READ_?ONLY|EROFS|EACCES|EPERM|NOT_WRITABLE|PERMISSION|ENAMETOOLONG|NAME_TOO_LONG/;
const SPACE = /ENOSPC|EDQUOT|NO_SPACE|DISK_FULL|OUT_OF_SPACE|SPACE/;

/** Wrong credentials are corrected in the form that is already open. */
const NO_ACTION = new Set(['AUTH_WRONG_CREDENTIALS', 'AUTH_EMAIL_TAKEN', 'LAUNCHER_REQUEST_REFUSED']);

/**
 * An error as the player sees it.
 * @param error Anything thrown. What is not an {@link AppError} is a fault of ours: its text never reaches the player.
 */
export function toFailure(error: unknown): Failure {
  const known = toAppError(error);
  return {
    code: known.code,
    message: known.message,
    next: known.next,
    details: Object.fromEntries(
      Object.entries(known.details).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    action: actionOf(known),
  };
}

/** Anything thrown as an {@link AppError}; operating-system errors become storage errors with their own code in the details. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return launcherErrors.error('LAUNCHER_FAULT', {}, error);
}

function actionOf(error: AppError): Action {
  if (NO_ACTION.has(error.code)) return 'none';
  if (error.family === 'storage') {
    const text = `${error.code} ${String(error.details['errno'] ?? error.details['systemCode'] ?? '')}`;
    if (SPACE.test(text)) return 'free-space';
    if (LOCATION.test(text)) return 'change-location';
  }
  return actionOfFamily[error.family];
}

/** True for an error that a later try may cure without anyone doing anything. */
export function isPassing(error: unknown): boolean {
  const family = toAppError(error).family;
  return family === 'network' || family === 'unavailable' || family === 'limit';
}
