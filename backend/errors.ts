import { defineErrors } from '../patcher/errors.ts';

/** What the HTTP API and its parts answer to expected failures. Each domain with many codes of its own has its own table. */
export const serviceErrors = defineErrors({
  INPUT_INVALID: {
    family: 'input',
    sentence: 'The request does not fit the API: {reason}',
    next: 'Compare the request with the API’s description at /docs.',
  },
  ROUTE_UNKNOWN: {
    family: 'not-found',
    sentence: 'There is no {method} {path}.',
    next: 'See /docs for the routes there are.',
  },
  NOT_FOUND: {
    family: 'not-found',
    sentence: 'There is no such {what}, or this account may not see it.',
    next: 'Check the name, and that you are signed in with the right account.',
  },
  SIGN_IN_REQUIRED: {
    family: 'auth',
    sentence: 'This needs a signed-in account.',
    next: 'Sign in and try again.',
  },
  ROLE_REQUIRED: {
    family: 'auth',
    sentence: 'This account’s role in the organisation, {role}, does not allow this.',
    next: 'Ask an owner of the organisation for one of these roles: {roles}.',
  },
  CREDENTIALS_WRONG: {
    family: 'auth',
    sentence: 'The e-mail address and password do not belong together.',
    next: 'Check both and try again.',
  },
  REGISTRATION_REFUSED: {
    family: 'conflict',
    sentence: 'An account cannot be opened with these details.',
    next: 'If you have an account already, sign in instead.',
  },
  REFRESH_TOKEN_INVALID: {
    family: 'auth',
    sentence: 'The session has ended.',
    next: 'Sign in again.',
  },
  REFRESH_TOKEN_REUSED: {
    family: 'auth',
    sentence: 'A refresh token was used twice, so its session was ended for safety.',
    next: 'Sign in again. If another person may have had access, sign out everywhere.',
  },
  NAME_TAKEN: {
    family: 'conflict',
    sentence: 'The {what} id "{name}" is taken.',
    next: 'Choose another id.',
  },
  ACCOUNT_UNKNOWN: {
    family: 'not-found',
    sentence: 'Nobody has an account with the address {email}.',
    next: 'Ask the person to open an account first, then try again.',
  },
  LAST_OWNER: {
    family: 'conflict',
    sentence: 'An organisation needs an owner, and this is its last.',
    next: 'Make somebody else an owner first.',
  },
  PICTURE_UNSUPPORTED: {
    family: 'format',
    sentence: 'The upload is not a picture the service knows.',
    next: 'Upload an SVG, PNG, WebP or JPEG file.',
  },
  RATE_LIMITED: {
    family: 'limit',
    sentence: 'Too many requests.',
    next: 'Wait {retryAfterSeconds} seconds and try again.',
  },
  BODY_TOO_LARGE: {
    family: 'limit',
    sentence: 'The request’s body is larger than {maxBytes}.',
    next: 'Send less at once.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    family: 'input',
    sentence: 'The request’s content type is not one this route takes.',
    next: 'Send JSON, or application/octet-stream where the route takes bytes.',
  },
  SERVICE_BUSY: {
    family: 'unavailable',
    sentence: 'The service is busy.',
    next: 'Wait a few seconds and try again.',
  },
  DATABASE_UNAVAILABLE: {
    family: 'unavailable',
    sentence: 'The service cannot reach its database.',
    next: 'Wait a few seconds and try again; an operator should look at the database if it lasts.',
  },
  SERVICE_FAULT: {
    family: 'unavailable',
    sentence: 'The service made a mistake.',
    next: 'Try again; if it happens again, report the request id {requestId}.',
  },
  IDEMPOTENCY_KEY_MISSING: {
    family: 'input',
    sentence: 'This request needs an Idempotency-Key header of 8 to 128 characters.',
    next: 'Send a new random key, and the same one when you repeat the request.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    family: 'input',
    sentence: 'This Idempotency-Key was used before with another request.',
    next: 'Send a new random key for a new request.',
  },
});
