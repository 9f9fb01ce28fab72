import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { connectionFault } from './connection-fault.ts';
import { ServerTime } from './server-time.ts';

const today = Date.UTC(2026, 10, 22);
const rightClock = () => new ServerTime(() => today);

function failedFetch(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(`it was ${code}`), { code }) });
}

/** A clock that a server's `Date` has shown to be off by so much. */
function clockOffBy(ms: number): ServerTime {
  const time = new ServerTime(() => today + ms);
  time.note(new Headers({ date: new Date(today).toUTCString() }));
  return time;
}

describe('connectionFault', () => {
  test.each([
    ['ENETUNREACH', 'DOWNLOAD_OFFLINE'],
    ['ENOTFOUND', 'DOWNLOAD_OFFLINE'],
    ['EAI_AGAIN', 'DOWNLOAD_OFFLINE'],
    ['EHOSTUNREACH', 'DOWNLOAD_OFFLINE'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'DOWNLOAD_CONNECTION_INSPECTED'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'DOWNLOAD_CONNECTION_INSPECTED'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DOWNLOAD_CONNECTION_INSPECTED'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'DOWNLOAD_CONNECTION_INSPECTED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'DOWNLOAD_CONNECTION_INSPECTED'],
    ['CERT_REVOKED', 'DOWNLOAD_CERTIFICATE_REFUSED'],
    ['CERT_HAS_EXPIRED', 'DOWNLOAD_CERTIFICATE_REFUSED'],
    ['CERT_NOT_YET_VALID', 'DOWNLOAD_CLOCK_WRONG'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'DOWNLOAD_CERTIFICATE_REFUSED'],
    ['UND_ERR_SOCKET', 'DOWNLOAD_NETWORK_FAILED'],
    ['UND_ERR_HEADERS_TIMEOUT', 'DOWNLOAD_NETWORK_FAILED'],
    ['UND_ERR_CONNECT_TIMEOUT', 'DOWNLOAD_NETWORK_FAILED'],
    ['HPE_INVALID_CONSTANT', 'DOWNLOAD_NETWORK_FAILED'],
  ])('%s is %s', (code, expected) => {
    expect(connectionFault(failedFetch(code), rightClock()).error).toMatchObject({ code: expected });
  });

  test('an expired certificate is the clock’s fault where servers say that the clock is off', () => {
    const fault = connectionFault(failedFetch('CERT_HAS_EXPIRED'), clockOffBy(3 * 86_400_000));
    expect(fault.error).toMatchObject({
      code: 'DOWNLOAD_CLOCK_WRONG',
      details: { skewSeconds: 3 * 86_400, localTime: '2026-11-25T00:00:00.000Z' },
    });
    const close = connectionFault(failedFetch('CERT_HAS_EXPIRED'), clockOffBy(60_000));
    expect(close.error.code).toBe('DOWNLOAD_CERTIFICATE_REFUSED');
  });

  test('a computer that believes in a time before this program is wrong, whatever servers say', () => {
    const time = new ServerTime(() => Date.UTC(2009, 0, 1));
    expect(connectionFault(failedFetch('CERT_HAS_EXPIRED'), time).error.code).toBe('DOWNLOAD_CLOCK_WRONG');
  });

  test('a proxy that wants a password is told by the tunnel it refuses', () => {
    const words = 'Proxy response (407) !== 200 when HTTP Tunneling';
    const cause = Object.assign(new Error(words), { code: 'UND_ERR_ABORTED' });
    const fault = connectionFault(new TypeError('fetch failed', { cause }), rightClock());
    expect(fault.error.code).toBe('DOWNLOAD_PROXY_SIGN_IN');
  });

  test('the first of several addresses tells why none could be reached', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const error = new TypeError('fetch failed', { cause: new AggregateError([refused, refused]) });
    expect(connectionFault(error, rightClock())).toMatchObject({
      kind: 'retry',
      blamesHost: true,
      error: { details: { reason: 'ECONNREFUSED' } },
    });
  });

  test('every error of the system becomes a typed one, and blames a host only where one was reached', () => {
    for (const code of Object.keys(constants.errno)) {
      const fault = connectionFault(failedFetch(code), rightClock());
      expect(fault.kind).toBe('retry');
      expect(fault.error.code, code).toMatch(/^DOWNLOAD_(?:OFFLINE|NETWORK_FAILED)$/);
    }
  });
});

describe('ServerTime', () => {
  test('counts the age of a cached answer, and ignores what is not a date', () => {
    const time = rightClock();
    expect(time.skewMs).toBeNull();
    time.note(new Headers({ date: new Date(today - 86_400_000).toUTCString(), age: '86400' }));
    expect(time.skewMs).toBe(0);
    time.note(new Headers({ date: 'yesterday' }));
    expect(time.skewMs).toBe(0);
    expect(time.isWrong).toBe(false);
  });
});
