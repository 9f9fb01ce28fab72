import { AppError, type ErrorFamily } from '../errors.ts';

/** What the command lines end with. The numbers are API: scripts branch on them. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  auth: 3,
  network: 4,
  storage: 5,
  integrity: 6,
  notFound: 7,
  conflict: 8,
  cancelled: 130,
} as const;

const byFamily: Readonly<Record<ErrorFamily, number>> = {
  input: exitCodes.usage,
  auth: exitCodes.auth,
  network: exitCodes.network,
  unavailable: exitCodes.network,
  limit: exitCodes.network,
  storage: exitCodes.storage,
  integrity: exitCodes.integrity,
  format: exitCodes.integrity,
  'not-found': exitCodes.notFound,
  conflict: exitCodes.conflict,
  cancelled: exitCodes.cancelled,
};

/** The exit code an error ends a command with. */
export function exitCodeOf(error: unknown): number {
  return error instanceof AppError ? byFamily[error.family] : exitCodes.unexpected;
}

/** For the end of `--help`. */
export const exitCodesHelp = `Exit codes: 0 done, 1 unexpected error, 2 wrong usage or input, 3 sign in or not allowed,
4 network or service, 5 disk, 6 damaged or malformed data, 7 not found, 8 conflict, 130 cancelled.`;
