import { createSign } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import kat from '../delivery/testdata/cloudfront-kat.json' with { type: 'json' };
import { isInRange } from './policy.ts';
import { parseSignedRequest } from './signed-request.ts';
import { type VerifyContext, verifyRequest } from './verify.ts';

const HOST = 'd111111abcdef8.cloudfront.net';
const KEY_ID = 'K2JCJMDEHXQW5F';
const EXPIRES = kat.exp;

function context(overrides: Partial<VerifyContext> = {}): VerifyContext {
  return {
    protocol: 'https',
    host: HOST,
    clientIp: '203.0.113.7',
    nowMs: (EXPIRES - 1) * 1000,
    keys: [{ id: KEY_ID, publicKeyPem: kat.rsaPublic }],
    ...overrides,
  };
}

const ec = (): Partial<VerifyContext> => ({ keys: [{ id: KEY_ID, publicKeyPem: kat.ecPublic }] });

function verify(url: string, overrides: Partial<VerifyContext> = {}, cookie?: string) {
  const target = url.replace(/^https?:\/\/[^/]+/, '');
  return verifyRequest(parseSignedRequest(target, cookie), context(overrides));
}

function urlBase64(text: string | Buffer): string {
  const table: Record<string, string> = { '+': '-', '=': '_', '/': '~' };
  return Buffer.from(text)
    .toString('base64')
    .replaceAll(/[+=/]/g, (character) => table[character] ?? '');
}

function signCustom(policy: unknown): string {
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
  const signature = createSign('sha256').update(text).sign(kat.ecPrivate);
  return `Policy=${urlBase64(text)}&Signature=${urlBase64(signature)}&Key-Pair-Id=${KEY_ID}&Hash-Algorithm=SHA256`;
}

interface PolicyParts {
  readonly resource?: unknown;
  readonly condition?: Record<string, unknown>;
}

function policyOf({ resource = `https://${HOST}/t/*`, condition = {} }: PolicyParts = {}) {
  return {
    Statement: [
      { Resource: resource, Condition: { DateLessThan: { 'AWS:EpochTime': EXPIRES }, ...condition } },
    ],
  };
}

const cookies = Object.entries(kat.cookies)
  .map(([name, value]) => `${name}=${value}`)
  .join('; ');

describe('the published vectors', () => {
  it.each([
    ['RSA, SHA-1, canned', kat.rsaSHA1, {}],
    ['RSA, SHA-256, canned', kat.rsaSHA256, {}],
    ['P-256, SHA-1, canned', kat.ecSHA1, ec()],
    ['P-256, SHA-256, canned', kat.ecSHA256, ec()],
    ['RSA, SHA-256, custom', kat.customUrl, {}],
  ])(
    '%s: verifies, and not one second later, nor with one bit changed, nor with another key',
    (_name, url, keys) => {
      expect(verify(url, keys)).toBeUndefined();
      expect(verify(url, { ...keys, nowMs: EXPIRES * 1000 - 1 })).toBeUndefined();
      expect(verify(url, { ...keys, nowMs: EXPIRES * 1000 })).toBe('AccessDenied');
      expect(verify(url.replace('/cd.bin', '/ce.bin'), { ...keys, host: 'elsewhere.example' })).toBe(
        'AccessDenied',
      );
      const otherKey = keys.keys ? kat.rsaPublic : kat.ecPublic;
      expect(verify(url, { keys: [{ id: KEY_ID, publicKeyPem: otherKey }] })).toBe('AccessDenied');
      expect(verify(url, { keys: [{ id: 'KOTHER', publicKeyPem: kat.rsaPublic }] })).toBe('InvalidKey');
      const tampered = url.replace(/Signature=(.{20})(.)/, (_all, head: string, one: string) => {
        return `Signature=${head}${one === 'A' ? 'B' : 'A'}`;
      });
      expect(verify(tampered, keys)).toBe('AccessDenied');
    },
  );

  it('verifies the cookies, for every object the policy covers', () => {
    expect(verify('/builds/42/chunks/zz.bin', {}, cookies)).toBeUndefined();
    expect(verify('/builds/42/chunks/zz.bin?any=1', {}, `other=1; ${cookies}`)).toBeUndefined();
    expect(verify('/builds/43/chunks/zz.bin', {}, cookies)).toBe('AccessDenied');
  });

  it('verifies a canned policy in cookies', () => {
    const signature = /Signature=([^&]*)/.exec(kat.rsaSHA256)?.[1];
    const header = `CloudFront-Expires=${EXPIRES}; CloudFront-Signature=${signature}; CloudFront-Key-Pair-Id=${KEY_ID}; CloudFront-Hash-Algorithm=SHA256`;
    expect(verify(kat.url, {}, header)).toBeUndefined();
    expect(verify(`${kat.url}&w=2`, {}, header)).toBe('AccessDenied');
  });
});

describe('what a request must bring', () => {
  it('asks for a key id', () => {
    expect(verify('/t/a')).toBe('MissingKey');
    expect(verify(`${kat.url}&Expires=${EXPIRES}`)).toBe('MissingKey');
    expect(verify(kat.rsaSHA1.replace(/&Key-Pair-Id=[^&]*/, ''))).toBe('MissingKey');
  });

  it('lets the URL win over good cookies', () => {
    expect(verify(`/builds/42/x?Expires=${EXPIRES}`, {}, cookies)).toBe('MissingKey');
    expect(verify(`/builds/42/x?Hash-Algorithm=SHA256`, {}, cookies)).toBe('MissingKey');
  });

  it('takes no hint that SHA-256 was SHA-1, or the reverse', () => {
    expect(verify(kat.rsaSHA256.replace('&Hash-Algorithm=SHA256', ''))).toBe('AccessDenied');
    expect(verify(`${kat.rsaSHA1}&Hash-Algorithm=SHA256`)).toBe('AccessDenied');
    expect(verify(`${kat.rsaSHA1}&Hash-Algorithm=SHA1`)).toBeUndefined();
    expect(verify(kat.rsaSHA256.replace('=SHA256', '=sha256'))).toBe('AccessDenied');
  });

  it('refuses a parameter added after signing to a canned policy', () => {
    expect(verify(`${kat.rsaSHA1}&x=1`)).toBe('AccessDenied');
    expect(verify(kat.rsaSHA1.replace('?v=1&', '?'))).toBe('AccessDenied');
  });

  it('refuses reserved parameters given twice, or both kinds of policy', () => {
    expect(verify(`${kat.rsaSHA1}&Key-Pair-Id=${KEY_ID}`)).toBe('AccessDenied');
    expect(verify(`${kat.customUrl}&Expires=${EXPIRES}`)).toBe('AccessDenied');
    expect(verify(`${kat.url}&Key-Pair-Id=${KEY_ID}`)).toBe('AccessDenied');
  });

  it.each(['', '0', '-1', '1.5', '1e9', '01893456000', '1893456000000', '2147483648', ' 1893456000', 'x'])(
    'calls Expires=%j malformed',
    (expires) => {
      expect(verify(kat.rsaSHA1.replace(`Expires=${EXPIRES}`, `Expires=${expires}`))).toBe('MalformedPolicy');
    },
  );
});

describe('custom policies', () => {
  const good = (parts: PolicyParts, url = '/t/a', overrides: Partial<VerifyContext> = {}) =>
    verify(`${url}?${signCustom(policyOf(parts))}`, { ...ec(), ...overrides });

  it('opens what it covers', () => {
    expect(good({})).toBeUndefined();
    expect(good({}, '/u/a')).toBe('AccessDenied');
    expect(good({}, '/t/a', { protocol: 'http' })).toBe('AccessDenied');
  });

  it('opens everything without a resource, as CloudFront does', () => {
    const { Statement } = policyOf();
    const bare = { Statement: [{ Condition: Statement[0]?.Condition }] };
    expect(verify(`/anything?${signCustom(bare)}`, ec())).toBeUndefined();
  });

  it.each([
    ['not JSON', 'nonsense'],
    ['no DateLessThan', { Statement: [{ Resource: 'https://a/*', Condition: {} }] }],
    ['no Condition', { Statement: [{ Resource: 'https://a/*' }] }],
    ['milliseconds', policyOf({ condition: { DateLessThan: { 'AWS:EpochTime': EXPIRES * 1000 } } })],
    ['a time as text', policyOf({ condition: { DateLessThan: { 'AWS:EpochTime': String(EXPIRES) } } })],
    ['two statements', { Statement: [...policyOf().Statement, ...policyOf().Statement] }],
    ['no statement', { Statement: [] }],
    ['a list of resources', policyOf({ resource: ['https://a/*'] })],
    ['a resource without protocol', policyOf({ resource: 'example.com/*' })],
    ['an unknown condition', policyOf({ condition: { Referer: 'x' } })],
    ['IPv6', policyOf({ condition: { IpAddress: { 'AWS:SourceIp': '::1/128' } } })],
    ['a mask of 33', policyOf({ condition: { IpAddress: { 'AWS:SourceIp': '1.2.3.4/33' } } })],
  ])('calls a signed policy malformed: %s', (_what, policy) => {
    expect(verify(`/t/a?${signCustom(policy)}`, ec())).toBe('MalformedPolicy');
  });

  it('calls a policy in another base64 malformed', () => {
    const query = signCustom(policyOf());
    expect(verify(`/t/a?${query.replace(/Policy=([^&]*)/, 'Policy=$1%3D')}`, ec())).toBe('MalformedPolicy');
    expect(verify(`/t/a?${query.replace(/Policy=[^&]*/, 'Policy=')}`, ec())).toBe('MalformedPolicy');
  });

  it('refuses a policy swapped for a wider one under the old signature', () => {
    const narrow = signCustom(policyOf({ resource: `https://${HOST}/t/a/*` }));
    const wide = urlBase64(JSON.stringify(policyOf({ resource: '*' })));
    expect(verify(`/t/b/x?${narrow.replace(/Policy=[^&]*/, `Policy=${wide}`)}`, ec())).toBe('AccessDenied');
  });

  it('refuses a custom policy’s signature under a canned policy', () => {
    const query = signCustom(policyOf({ resource: `https://${HOST}/t/a/*` }));
    const canned = query.replace(/Policy=[^&]*/, `Expires=${EXPIRES}`);
    expect(verify(`/t/a/x?${canned}`, ec())).toBe('AccessDenied');
  });

  it.each([
    [-1, undefined],
    [0, 'AccessDenied'],
    [1, 'AccessDenied'],
  ])('DateLessThan, %i s after it: %s', (after, expected) => {
    expect(good({}, '/t/a', { nowMs: (EXPIRES + after) * 1000 })).toBe(expected);
  });

  it.each([
    [-1, 'AccessDenied'],
    [0, 'AccessDenied'],
    [0.999, 'AccessDenied'],
    [1, undefined],
  ])('DateGreaterThan, %d s after it: %s', (after, expected) => {
    const from = EXPIRES - 1000;
    const parts = { condition: { DateGreaterThan: { 'AWS:EpochTime': from } } };
    expect(good(parts, '/t/a', { nowMs: (from + after) * 1000 })).toBe(expected);
  });

  it.each([
    ['203.0.113.7/32', '203.0.113.7', undefined],
    ['203.0.113.7', '203.0.113.7', undefined],
    ['203.0.113.7/32', '::ffff:203.0.113.7', undefined],
    ['203.0.113.7/32', '203.0.113.8', 'AccessDenied'],
    ['203.0.113.0/24', '203.0.113.255', undefined],
    ['203.0.113.0/24', '203.0.114.0', 'AccessDenied'],
    ['0.0.0.0/0', '255.255.255.255', undefined],
    ['128.0.0.0/1', '127.255.255.255', 'AccessDenied'],
    ['128.0.0.0/1', '200.1.1.1', undefined],
    ['0.0.0.0/0', '2001:db8::1', 'AccessDenied'],
  ])('IpAddress %s for %s: %s', (range, clientIp, expected) => {
    expect(good({ condition: { IpAddress: { 'AWS:SourceIp': range } } }, '/t/a', { clientIp })).toBe(
      expected,
    );
  });

  it('never crashes and never opens on random signatures and policies', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (policy, signature, hash) => {
        const encode = encodeURIComponent;
        const query = `Policy=${urlBase64(policy)}&Signature=${encode(signature.toWellFormed())}&Key-Pair-Id=${KEY_ID}`;
        expect(verify(`/t/a?${query}&Hash-Algorithm=${encode(hash.toWellFormed())}`, ec())).toBeDefined();
      }),
    );
  });
});

it('compares address ranges bit by bit', () => {
  const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  const bits = (address: readonly number[]): string =>
    address.map((octet) => octet.toString(2).padStart(8, '0')).join('');
  fc.assert(
    fc.property(octets, octets, fc.nat(32), (one, two, mask) => {
      const same = bits(one).slice(0, mask) === bits(two).slice(0, mask);
      expect(isInRange(one.join('.'), `${two.join('.')}/${mask}`)).toBe(same);
    }),
  );
});
