import { AppError } from '../patcher/errors.ts';
import { toInstallError } from '../patcher/install/install-errors.ts';
import type { Failure } from '../preload/contract.ts';
import { causeOf } from './diagnostics/cause-of-code.ts';
import { type CauseName, causes } from './diagnostics/causes.ts';
import { supportCodeOf } from './diagnostics/support-code.ts';
import { launcherErrors } from './launcher-errors.ts';

/**
 * An error as the player sees it.
 * @param error Anything thrown. What is not an {@link AppError} is a fault of ours: its text never reaches the player.
 */
export function toFailure(error: unknown): Failure {
  const known = toAppError(error);
  const { family } = known;
  const { sentence: cause, action } = causes[causeOf(known)];
  return {
    code: known.code,
    message: known.message,
    next: known.next,
    details: Object.fromEntries(
      Object.entries(known.details).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    action,
    cause,
    findings: [],
    supportCode: family === 'cancelled' ? '' : supportCodeOf(known),
  };
}

/** Anything thrown as an {@link AppError}; errors of the file system become storage errors with the system's code in the details. */
export function toAppError(error: unknown): AppError {
  const known = isOfFileSystem(error) ? toInstallError(error) : error;
  return known instanceof AppError ? known : launcherErrors.error('LAUNCHER_FAULT', {}, error);
}

/** Sockets and processes have errors of the system too; only files have a path. */
function isOfFileSystem(error: unknown): boolean {
  const { code, path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return (
    typeof code === 'string' &&
    typeof path === 'string' &&
    typeof syscall === 'string' &&
    !syscall.startsWith('spawn')
  );
}

/** True for an error that a later try may cure without anyone doing anything. */
export function isPassing(error: unknown): boolean {
  const family = toAppError(error).family;
  return family === 'network' || family === 'unavailable' || family === 'limit';
}

/** What passes without anybody doing anything here, or once the player has done it elsewhere. */
const PASSING: ReadonlySet<CauseName> = new Set([
  'offline',
  'server-unreachable',
  'server-busy',
  'service-fault',
  'captive-portal',
  'inspecting-proxy',
  'wrong-clock',
  'untrusted',
]);
/** What may have been chance, and is not tried for ever in case it was not. */
const PERHAPS_PASSING: ReadonlySet<CauseName> = new Set(['own-fault', 'too-little-memory', 'busy-install']);
const RETRIES_MAX = 4;

/** How often a job that failed so is started again by itself. */
export function retriesOf(error: unknown): number {
  const cause = causeOf(toAppError(error));
  if (PASSING.has(cause)) return Number.POSITIVE_INFINITY;
  return PERHAPS_PASSING.has(cause) ? RETRIES_MAX : 0;
}
