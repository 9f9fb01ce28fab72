import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  activateKey,
  activeKey,
  addKey,
  generateKeyRing,
  type KeyRing,
  readKeyRing,
  renameKey,
  retireKey,
  trustedKeys,
  writeKeyRing,
} from './key-ring.ts';
import { objectKey, objectPath, parseObjectPath } from './object-path.ts';
import { buildPolicy, createSigner, grantedUrl } from './signer.ts';
import kat from './testdata/cloudfront-kat.json' with { type: 'json' };

const NOW = Date.UTC(2026, 10, 21);
const REQUEST = { grantId: 'g-1', gameId: 'skyforge', depot: 'linux' };
const KEY_ID = 'K2JCJMDEHXQW5F';

function katRing(kind: 'rsa' | 'ec', hash: 'SHA1' | 'SHA256' = 'SHA256'): KeyRing {
  const key = {
    id: KEY_ID,
    algorithm: kind === 'rsa' ? ('rsa-2048' as const) : ('ecdsa-p256' as const),
    hash,
    privateKeyPem: kind === 'rsa' ? kat.rsaPrivate : kat.ecPrivate,
    publicKeyPem: kind === 'rsa' ? kat.rsaPublic : kat.ecPublic,
    createdAt: new Date(NOW).toISOString(),
  };
  return { format: 'gantry-key-ring', version: 1, activeKeyId: key.id, keys: [key] };
}

function signerFor(ring: KeyRing, baseUrl = 'https://cdn.example.com') {
  return createSigner({ baseUrl, keyRing: () => ring, clock: () => NOW });
}

function decode(text: string | null): Buffer {
  return Buffer.from((text ?? '').replaceAll('-', '+').replaceAll('~', '/').replaceAll('_', '='), 'base64');
}

describe('a grant with mirrors', () => {
  it('has a signature of its own for each host, which names that host and no other', () => {
    const ring = katRing('ec');
    const mirrorUrls = ['https://two.example.com', 'https://three.example.com'];
    const signer = createSigner({
      baseUrl: 'https://cdn.example.com',
      mirrorUrls,
      keyRing: () => ring,
      clock: () => NOW,
    });
    const grant = signer.sign(REQUEST);
    const hosts = [grant, ...grant.mirrors];
    expect(hosts.map(({ baseUrl }) => baseUrl)).toEqual(
      ['cdn', 'two', 'three'].map((name) => `https://${name}.example.com/t/skyforge/linux/`),
    );
    for (const { baseUrl, query } of hosts) {
      const policy = decode(new URLSearchParams(query).get('Policy')).toString();
      expect(policy).toContain(`"Resource":"${baseUrl}*"`);
    }
  });

  it('refuses a mirror that is no plain host', () => {
    const options = { baseUrl: 'https://cdn.example.com', keyRing: () => katRing('ec') };
    expect(() => createSigner({ ...options, mirrorUrls: ['https://*.example.com'] })).toThrow();
    expect(() => createSigner({ ...options, mirrorUrls: ['https://two.example.com/path'] })).toThrow();
  });
});

describe('the library that signs', () => {
  const base = { url: kat.url, keyPairId: KEY_ID };
  const dateLessThan = new Date(kat.exp * 1000).toISOString();

  it('makes the RSA vectors byte for byte', () => {
    const rsa = { ...base, privateKey: kat.rsaPrivate };
    expect(getSignedUrl({ ...rsa, dateLessThan })).toBe(kat.rsaSHA1);
    expect(getSignedUrl({ ...rsa, dateLessThan, algorithm: 'SHA256' })).toBe(kat.rsaSHA256);
    expect(getSignedUrl({ ...rsa, policy: kat.customPolicy, algorithm: 'SHA256' })).toBe(kat.customUrl);
    expect(getSignedCookies({ ...rsa, policy: kat.customPolicy, algorithm: 'SHA256' })).toEqual(kat.cookies);
  });

  it.each(['SHA1', 'SHA256'] as const)(
    'makes P-256 signatures of the canned policy that verify, with %s',
    (algorithm) => {
      for (const url of [
        getSignedUrl({ ...base, dateLessThan, privateKey: kat.ecPrivate, algorithm }),
        algorithm === 'SHA1' ? kat.ecSHA1 : kat.ecSHA256,
      ]) {
        const signature = decode(new URL(url).searchParams.get('Signature'));
        const key = createPublicKey(kat.ecPublic);
        expect(verify(algorithm.toLowerCase(), Buffer.from(kat.policy), key, signature)).toBe(true);
      }
    },
  );
});

describe('the signer', () => {
  it.each([
    ['ec', 'SHA256'],
    ['ec', 'SHA1'],
    ['rsa', 'SHA256'],
    ['rsa', 'SHA1'],
  ] as const)('signs one depot’s wildcard with %s and %s', (kind, hash) => {
    const ring = katRing(kind, hash);
    const grant = signerFor(ring).sign({ ...REQUEST, lifetimeSeconds: 600 });
    expect(grant.baseUrl).toBe('https://cdn.example.com/t/skyforge/linux/');
    expect(grant.expiresAt).toEqual(new Date(NOW + 600_000));
    const query = new URLSearchParams(grant.query);
    const names = [
      'g',
      'Policy',
      'Key-Pair-Id',
      'Signature',
      ...(hash === 'SHA256' ? ['Hash-Algorithm'] : []),
    ];
    expect([...query.keys()].sort()).toEqual(names.sort());
    expect(query.get('g')).toBe('g-1');
    const policy = decode(query.get('Policy'));
    expect(policy.toString()).toBe(
      `{"Statement":[{"Resource":"https://cdn.example.com/t/skyforge/linux/*","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW / 1000 + 600}}}}]}`,
    );
    const key = createPublicKey(activeKey(ring).publicKeyPem);
    expect(verify(hash.toLowerCase(), policy, key, decode(query.get('Signature')))).toBe(true);
    expect(verify(hash.toLowerCase(), policy.subarray(1), key, decode(query.get('Signature')))).toBe(false);
  });

  it('gives an address by joining, short enough for any CDN', () => {
    const grant = signerFor(katRing('rsa')).sign({
      ...REQUEST,
      gameId: 'a'.repeat(64),
      ipAddress: '203.0.113.7',
    });
    const url = grantedUrl(grant, objectPath('pack', 'f'.repeat(64)));
    expect(url).toBe(`${grant.baseUrl}packs/${'f'.repeat(64)}?${grant.query}`);
    expect(url.length).toBeLessThan(1500);
  });

  it.each([299, 3601, 0, -300, 300.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a lifetime of %d s',
    (lifetimeSeconds) => {
      const sign = () => signerFor(katRing('ec')).sign({ ...REQUEST, lifetimeSeconds });
      expect(sign).toThrow(expect.objectContaining({ code: 'SIGNER_LIFETIME_INVALID' }));
    },
  );

  it('never signs for longer than its configuration allows', () => {
    const options = { baseUrl: 'https://cdn.example.com', keyRing: () => katRing('ec'), clock: () => NOW };
    const strict = createSigner({ ...options, lifetimeMaxSeconds: 900 });
    expect(strict.sign(REQUEST).expiresAt).toEqual(new Date(NOW + 900_000));
    expect(() => strict.sign({ ...REQUEST, lifetimeSeconds: 901 })).toThrow(/900/);
    const lax = createSigner({ ...options, lifetimeMaxSeconds: 86_400 });
    expect(lax.sign(REQUEST).expiresAt).toEqual(new Date(NOW + 3_600_000));
  });

  it.each([
    ['https://*.example.com', 'SIGNER_WILDCARD_HOST'],
    ['https://cdn?.example.com', 'SIGNER_WILDCARD_HOST'],
    ['*', 'SIGNER_WILDCARD_HOST'],
    ['https://cdn.example.com/', 'SIGNER_RESOURCE_INVALID'],
    ['https://user@cdn.example.com', 'SIGNER_RESOURCE_INVALID'],
    ['cdn.example.com', 'SIGNER_RESOURCE_INVALID'],
    ['https://CDN.example.com', 'SIGNER_RESOURCE_INVALID'],
    ['https://', 'SIGNER_RESOURCE_INVALID'],
  ])('refuses the base %s', (baseUrl, code) => {
    expect(() => signerFor(katRing('ec'), baseUrl)).toThrow(expect.objectContaining({ code }));
  });

  it.each(['*', 'sky*', 'sky?', 'sky/../other', '..', 'Sky', 'sky%2f', 'sky forge', '-sky', 'a'.repeat(65)])(
    'refuses the game %s',
    (gameId) => {
      for (const request of [
        { ...REQUEST, gameId },
        { ...REQUEST, depot: gameId },
      ]) {
        expect(() => signerFor(katRing('ec')).sign(request)).toThrow(
          expect.objectContaining({
            code: expect.stringMatching(/^SIGNER_(RESOURCE_INVALID|WILDCARD_HOST)$/),
          }),
        );
      }
    },
  );

  it.each([
    ['', 'SIGNER_RESOURCE_MISSING'],
    ['*', 'SIGNER_WILDCARD_HOST'],
    ['https://*', 'SIGNER_WILDCARD_HOST'],
    ['https://cdn.example.com*', 'SIGNER_WILDCARD_HOST'],
    ['*://cdn.example.com/t/a/linux/*', 'SIGNER_WILDCARD_HOST'],
    ['https://*/t/a/linux/*', 'SIGNER_WILDCARD_HOST'],
    ['https://cdn.example.com/t/*/linux/*', 'SIGNER_WILDCARD_HOST'],
    ['https://cdn.example.com/*', 'SIGNER_RESOURCE_INVALID'],
    ['https://cdn.example.com/t/a/*', 'SIGNER_RESOURCE_INVALID'],
    ['https://cdn.example.com/t/a/linux/', 'SIGNER_RESOURCE_INVALID'],
    ['https://cdn.example.com/t/a/../*', 'SIGNER_RESOURCE_INVALID'],
  ])('makes no policy for %j', (resource, code) => {
    expect(() => buildPolicy({ resource, expires: 1 })).toThrow(expect.objectContaining({ code }));
  });

  it('asks for a game and a depot', () => {
    const missing = expect.objectContaining({ code: 'SIGNER_RESOURCE_MISSING' });
    expect(() => signerFor(katRing('ec')).sign({ ...REQUEST, gameId: '' })).toThrow(missing);
    expect(() => signerFor(katRing('ec')).sign({ ...REQUEST, depot: '' })).toThrow(missing);
  });

  it.each(['', 'a b', 'a&Policy=x', 'a=b', 'ü', 'a'.repeat(65)])('refuses the grant id %j', (grantId) => {
    const sign = () => signerFor(katRing('ec')).sign({ ...REQUEST, grantId });
    expect(sign).toThrow(expect.objectContaining({ code: 'SIGNER_GRANT_ID_INVALID' }));
  });

  it.each(['', 'x', '1.2.3', '1.2.3.4/33', '1.2.3.4/', '1.2.3.4/8/8', '::1', '1.2.3.256'])(
    'refuses the address %j',
    (ipAddress) => {
      const sign = () => signerFor(katRing('ec')).sign({ ...REQUEST, ipAddress });
      expect(sign).toThrow(expect.objectContaining({ code: 'SIGNER_IP_INVALID' }));
    },
  );
});

describe('the key ring', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-ring-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  it('begins with P-256 and SHA-256, or with what is asked for', async () => {
    expect(activeKey(await generateKeyRing())).toMatchObject({ algorithm: 'ecdsa-p256', hash: 'SHA256' });
    const rsa = await generateKeyRing({ algorithm: 'rsa-2048', hash: 'SHA1' });
    expect(createPublicKey(activeKey(rsa).publicKeyPem).asymmetricKeyDetails?.modulusLength).toBe(2048);
  });

  it('rotates: a second key, then the switch, then the old one goes', async () => {
    const first = await generateKeyRing();
    const { ring: two, key } = await addKey(first);
    expect(activeKey(two).id).toBe(first.activeKeyId);
    expect(trustedKeys(two)).toHaveLength(2);
    await expect(addKey(two)).rejects.toMatchObject({ code: 'KEY_RING_FULL' });
    expect(() => retireKey(two, first.activeKeyId)).toThrow(
      expect.objectContaining({ code: 'KEY_RING_KEY_ACTIVE' }),
    );
    const renamed = activateKey(renameKey(two, { from: key.id, to: 'KCLOUDFRONT1' }), 'KCLOUDFRONT1');
    expect(retireKey(renamed, first.activeKeyId).keys.map(({ id }) => id)).toEqual(['KCLOUDFRONT1']);
    expect(() => activateKey(two, 'KNONE')).toThrow(
      expect.objectContaining({ code: 'KEY_RING_KEY_UNKNOWN' }),
    );
  });

  it('survives its file, which only the owner may read', async () => {
    const file = path.join(folder, 'ring.json');
    const ring = await generateKeyRing();
    await writeKeyRing(file, ring);
    await writeKeyRing(file, ring);
    expect(await readKeyRing(file)).toEqual(ring);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('refuses a damaged file without quoting the keys in it', async () => {
    const file = path.join(folder, 'damaged.json');
    await writeKeyRing(file, await generateKeyRing());
    const good = await readFile(file, 'utf8');
    const secret = /BEGIN PRIVATE KEY-----\\n(.{40})/.exec(good)?.[1] ?? '';
    expect(secret).toHaveLength(40);
    for (const text of [
      '',
      good.slice(0, -20),
      good.replace('"version": 1', '"version": 2'),
      good.replace(/"activeKeyId": "[^"]*"/, '"activeKeyId": "KX"'),
    ]) {
      await writeFile(file, text);
      const failure = await readKeyRing(file).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'KEY_RING_INVALID' });
      expect(JSON.stringify([failure, String(failure)])).not.toContain(secret);
    }
    await expect(readKeyRing(path.join(folder, 'absent.json'))).rejects.toMatchObject({
      code: 'KEY_RING_INVALID',
    });
  });
});

it('names objects so that their path tells what they are', () => {
  const key = objectKey({ gameId: 'skyforge', depot: 'linux' }, 'patch', 'ab');
  expect(key).toBe('t/skyforge/linux/patches/ab');
  expect(parseObjectPath(`/${key}`)).toEqual({
    gameId: 'skyforge',
    depot: 'linux',
    kind: 'patch',
    name: 'ab',
  });
  for (const other of [
    't/skyforge/linux/other/ab',
    't/skyforge/linux/packs',
    't/Sky/linux/packs/ab',
    'x/a/b/packs/c',
    't/a/b/packs/c/d',
  ]) {
    expect(parseObjectPath(other)).toBeUndefined();
  }
});
