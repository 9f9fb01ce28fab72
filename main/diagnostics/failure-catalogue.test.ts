import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkRangeResponse, FaultError } from '../../patcher/download/connection/response-check.ts';
import { AppError } from '../../patcher/errors.ts';
import { toInstallError } from '../../patcher/install/install-errors.ts';
import { FAULT_BODIES } from '../../patcher/testing/network/object-server.ts';
import { failureSchema } from '../../preload/contract.ts';
import { retriesOf, toAppError, toFailure } from '../failure.ts';
import { findCause } from './cause-of-code.ts';
import { causes } from './causes.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/errors.md', import.meta.url)), 'utf8');
const documented = [...page.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| ([a-z-]+) \|/gm)].map(
  ([, code = '', family = '']) => ({ code, family: family as AppError['family'] }),
);

test('every documented code has a cause', () => {
  expect(documented.length).toBeGreaterThan(200);
  const missing = documented.map(({ code }) => code).filter((code) => findCause(code) === undefined);
  expect(missing, 'Give each of these codes a cause in main/diagnostics/cause-of-code.ts').toEqual([]);
});

test('no cause is given to a code that no longer exists', () => {
  const source = readFileSync(fileURLToPath(new URL('cause-of-code.ts', import.meta.url)), 'utf8');
  const named: readonly string[] =
    source.slice(0, source.indexOf('const MODULES')).match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? [];
  const codes = new Set(documented.map(({ code }) => code));
  const unknown = named.filter((code) => !codes.has(code));
  expect(unknown, 'Take these out of main/diagnostics/cause-of-code.ts').toEqual([]);
  expect(
    named.filter((code, index) => named.indexOf(code) !== index),
    'has two causes',
  ).toEqual([]);
});

test.each(documented.filter(({ code }) => findCause(code) !== undefined))(
  '$code reaches the player with a sentence, a step and a support code',
  ({ code, family }) => {
    const failure = toFailure(
      new AppError({ code, family, message: 'What happened.', next: 'Do this.', details: {} }),
    );
    expect(failureSchema.parse(failure)).toEqual(failure);
    expect(failure.cause).toBe(causes[findCause(code) ?? 'own-fault'].sentence);
    if (family !== 'cancelled') expect(failure.supportCode).toMatch(/^GNT-[2-9A-Z]{4}-[2-9A-Z]{4}$/);
  },
);

/** The step of these is in the form that was filled in, or they are never seen in the window. */
const WITHOUT_A_BUTTON = [
  'not-yet',
  'no-folder-window',
  'wrong-credentials',
  'wrong-input',
  'publisher',
  'operator',
];

test.each(Object.entries(causes))(
  '%s has a sentence of its own and a button',
  (name, { sentence, action }) => {
    expect(sentence).toMatch(/^[A-Z].*[.]$/);
    expect(Object.values(causes).filter((each) => each.sentence === sentence)).toHaveLength(1);
    expect(action === 'none').toBe(WITHOUT_A_BUTTON.includes(name));
  },
);

test('no two codes share the first half of their support codes', () => {
  const halves = documented.map(({ code, family }) => {
    const error = new AppError({
      code,
      family: family === 'cancelled' ? 'input' : family,
      message: '',
      next: '',
      details: {},
    });
    return toFailure(error).supportCode.slice(0, 8);
  });
  expect(new Set(halves).size).toBe(halves.length);
});

test('every error of the file system is a storage failure with a cause of its own or the system’s name for it', () => {
  for (const errno of Object.keys(constants.errno)) {
    const thrown = Object.assign(new Error(errno), {
      code: errno,
      syscall: 'write',
      path: '/games/skylark/data',
    });
    const typed = toInstallError(thrown);
    expect(typed, errno).toBeInstanceOf(AppError);
    const failure = toFailure(thrown);
    expect(failure.code, errno).toMatch(/^INSTALL_/);
    expect(failure.cause, errno).not.toBe('');
    if (failure.code === 'INSTALL_STORAGE_FAILED') expect(failure.message).toContain(errno);
  }
});

test.each([
  ['ENOSPC', 'free-space'],
  ['EDQUOT', 'free-space'],
  ['EROFS', 'change-location'],
  ['EACCES', 'change-location'],
  ['EPERM', 'change-location'],
  ['EIO', 'change-location'],
  ['EBUSY', 'retry'],
  ['ETXTBSY', 'retry'],
  ['ENAMETOOLONG', 'change-location'],
])('%s offers %s', (errno, action) => {
  const thrown = Object.assign(new Error(errno), {
    code: errno,
    syscall: 'open',
    path: '/games/skylark/data',
  });
  expect(toFailure(thrown).action).toBe(action);
});

test('every status of the CDN is a failure with a cause', async () => {
  for (let status = 200; status < 600; status++) {
    if (status === 200 || status === 206) continue;
    const response = new Response([204, 205, 304].includes(status) ? null : 'x', { status });
    const asked = { path: 'c/pack', offset: 0, sizeBytes: 10, wholeAccepted: false };
    const error: unknown = await checkRangeResponse(response, asked).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error, String(status)).toBeInstanceOf(FaultError);
    if (!(error instanceof FaultError)) continue;
    expect(findCause(error.fault.error.code), String(status)).toBeDefined();
  }
});

const page403 = (text: string) => `<!DOCTYPE html><html><body>${text}</body></html>`;
const FIREWALL = "Request blocked. We can't connect to the server for this app or website at this time.";
const xml = (code: string) => `<Error><Code>${code}</Code></Error>`;

/** Every refusal and failure CloudFront and S3 are known to give: what the player is told of it, and whether it is tried again by itself. */
test.each([
  ['no key id', 403, FAULT_BODIES.missingKey, 'DOWNLOAD_REFUSED', 'no-right', false],
  ['an unknown key', 403, FAULT_BODIES.invalidKey, 'DOWNLOAD_REFUSED', 'no-right', false],
  ['a malformed policy', 403, FAULT_BODIES.malformedPolicy, 'DOWNLOAD_REFUSED', 'no-right', false],
  ['an expired grant', 403, FAULT_BODIES.accessDenied, 'DOWNLOAD_REFUSED', 'no-right', false],
  [
    'a refusal by the origin',
    403,
    FAULT_BODIES.originDenied,
    'DOWNLOAD_OBJECT_MISSING',
    'broken-build',
    false,
  ],
  ['an absent object', 404, xml('NoSuchKey'), 'DOWNLOAD_OBJECT_MISSING', 'broken-build', false],
  ['a range beyond the end', 416, xml('InvalidRange'), 'DOWNLOAD_RANGE_INVALID', 'inspecting-proxy', true],
  ['a throttling origin', 503, xml('SlowDown'), 'DOWNLOAD_SERVER_BUSY', 'server-busy', true],
  ['a geographic block', 403, FAULT_BODIES.html, 'DOWNLOAD_REGION_BLOCKED', 'blocked-region', false],
  ['a web firewall', 403, page403(FIREWALL), 'DOWNLOAD_BLOCKED_BY_NETWORK', 'blocked-by-network', false],
  [
    'origin trouble, 502',
    502,
    page403('The request could not be satisfied'),
    'DOWNLOAD_SERVER_BUSY',
    'server-busy',
    true,
  ],
  [
    'origin trouble, 504',
    504,
    page403('The request could not be satisfied'),
    'DOWNLOAD_SERVER_BUSY',
    'server-busy',
    true,
  ],
] as const)('the CDN’s answer %s is told as what it is', async (_name, status, body, code, cause, again) => {
  const type = body.startsWith('<!DOCTYPE') ? 'text/html' : 'application/xml';
  const response = new Response(body, { status, headers: { 'content-type': type } });
  const asked = { path: 'c/pack', offset: 0, sizeBytes: 10, wholeAccepted: false };
  const thrown: unknown = await checkRangeResponse(response, asked).catch((error: unknown) => error);
  const error = thrown instanceof FaultError ? thrown.fault.error : thrown;
  const { sentence, action } = causes[cause];
  expect(toFailure(error)).toMatchObject({ code, cause: sentence, action });
  expect(retriesOf(error) > 0).toBe(again);
});

test('what is nobody’s error is a fault of the launcher, and its text does not reach the player', () => {
  const failure = toFailure(new TypeError('cannot read secrets of undefined'));
  expect(failure).toMatchObject({ code: 'LAUNCHER_FAULT', action: 'retry' });
  expect(JSON.stringify(failure)).not.toContain('secrets');
  const socket = Object.assign(new Error('connect'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '::1',
  });
  expect(toAppError(socket).code).toBe('LAUNCHER_FAULT');
});
