import { AppError, type ErrorFamily } from '../../patcher/errors.ts';
import { isDatabaseDown, isUnstorable } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import type { Problem } from './contract.ts';

const STATUS_OF_FAMILY: Readonly<Record<ErrorFamily, number>> = {
  input: 400,
  auth: 401,
  'not-found': 404,
  conflict: 409,
  format: 422,
  integrity: 422,
  limit: 429,
  cancelled: 499,
  network: 502,
  storage: 507,
  unavailable: 503,
};

/** Where the family does not say it all. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  ROLE_REQUIRED: 403,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  SERVICE_FAULT: 500,
  IDEMPOTENCY_KEY_REUSED: 422,
  STORAGE_TOO_LARGE: 413,
};

/** Seconds a caller should wait before it tries again, for the statuses that promise it. */
const RETRY_AFTER_SECONDS = 2;

export interface ProblemAnswer {
  readonly status: number;
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a caller is told of an error. Anything unexpected becomes `SERVICE_FAULT`, which says nothing of the inside. */
export function toProblemAnswer(error: unknown, requestId: string): ProblemAnswer {
  const known = toAppError(error, requestId);
  const status = statusOf(known);
  return { status, problem: toProblem(known, requestId), headers: headersOf(known, status) };
}

export function toProblem(error: AppError, requestId?: string): Problem {
  const details = Object.entries(error.details).filter(([, value]) => value !== undefined);
  return {
    type: `https://gantry.dev/errors/${error.code}`,
    title: error.message,
    status: statusOf(error),
    code: error.code,
    next: error.next,
    details: Object.fromEntries(details) as Problem['details'],
    ...(requestId !== undefined && { requestId }),
  };
}

/** The typed error behind anything a route can throw. */
export function toAppError(error: unknown, requestId: string): AppError {
  if (error instanceof AppError) return error;
  if (isDatabaseDown(error)) return serviceErrors.error('DATABASE_UNAVAILABLE', {}, error);
  if (isUnstorable(error)) {
    const reason = 'a number is too large, or a text holds the character NUL';
    return serviceErrors.error('INPUT_INVALID', { reason }, error);
  }
  return fromFastify(error) ?? serviceErrors.error('SERVICE_FAULT', { requestId }, error);
}

/** Fastify's own refusals: broken JSON, wrong types, too large, schema misses. */
function fromFastify(error: unknown): AppError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return serviceErrors.error('MEDIA_TYPE_UNSUPPORTED', {}, error);
  if (status >= 500) return undefined;
  return serviceErrors.error('INPUT_INVALID', { reason: error.message.slice(0, 500) }, error);
}

function statusOf(error: AppError): number {
  return STATUS_OF_CODE[error.code] ?? STATUS_OF_FAMILY[error.family];
}

function headersOf(error: AppError, status: number): Record<string, string> {
  const wait = error.details['retryAfterSeconds'];
  if (status === 429 || status === 503) return { 'retry-after': String(wait ?? RETRY_AFTER_SECONDS) };
  return status === 401 ? { 'www-authenticate': 'Bearer' } : {};
}
