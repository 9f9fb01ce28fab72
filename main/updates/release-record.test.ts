import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { compareVersions, readReleaseRecord, type ReleaseRecord } from './release-record.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const rawKey = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const record: ReleaseRecord = {
  product: 'gantry-launcher',
  version: '1.3.0',
  minimumVersion: '1.0.0',
  rolloutPercent: 100,
  notes: 'New.',
  files: [{ name: 'Gantry-1.3.0.AppImage', sizeBytes: 10, sha512: 'a'.repeat(128) }],
};
const signed = (value: unknown, key = privateKey) => {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, signature: sign(null, bytes, key) };
};

test('a record its maker signed is read', () => {
  expect(readReleaseRecord(signed(record), [rawKey])).toEqual(record);
});

test('either of two live keys signs', () => {
  const other = generateKeyPairSync('ed25519');
  const otherRaw = Buffer.from(other.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  expect(readReleaseRecord(signed(record, other.privateKey), [rawKey, otherRaw])).toEqual(record);
});

test.each([
  ['no key', signed(record), []],
  ['another key', signed(record, generateKeyPairSync('ed25519').privateKey), [rawKey]],
  ['an empty signature', { ...signed(record), signature: Buffer.alloc(0) }, [rawKey]],
  ['a zero signature', { ...signed(record), signature: Buffer.alloc(64) }, [rawKey]],
  [
    'a longer signature',
    { ...signed(record), signature: Buffer.concat([signed(record).signature, Buffer.alloc(1)]) },
    [rawKey],
  ],
  [
    'changed bytes',
    { ...signed(record), bytes: Buffer.from(JSON.stringify({ ...record, version: '9.9.9' })) },
    [rawKey],
  ],
  [
    'added white space',
    { ...signed(record), bytes: Buffer.concat([signed(record).bytes, Buffer.from(' ')]) },
    [rawKey],
  ],
])('a record under %s is not trusted', (_what, given, keys) => {
  expect(() => readReleaseRecord(given, keys)).toThrow(
    expect.objectContaining({ code: 'UPDATE_RECORD_UNTRUSTED' }),
  );
});

test('a malleable signature (S plus the group’s order) is not trusted', () => {
  const given = signed(record);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = Buffer.from(given.signature.subarray(32)).reverse();
  const larger = (BigInt(`0x${s.toString('hex')}`) + order).toString(16).padStart(64, '0');
  const signature = Buffer.concat([given.signature.subarray(0, 32), Buffer.from(larger, 'hex').reverse()]);
  expect(() => readReleaseRecord({ ...given, signature }, [rawKey])).toThrow();
});

test.each([
  ['another product', { ...record, product: 'other' }],
  ['an odd version', { ...record, version: '1.3' }],
  ['no file', { ...record, files: [] }],
  ['a file name with a folder', { ...record, files: [{ ...record.files[0], name: '../x' }] }],
  ['an unknown field', { ...record, extra: 1 }],
  ['a list', [record]],
])('a signed record with %s is not read', (_what, value) => {
  expect(() => readReleaseRecord(signed(value), [rawKey])).toThrow(
    expect.objectContaining({ code: 'UPDATE_RECORD_INVALID' }),
  );
});

test.each([
  ['1.2.3', '1.2.3', 0],
  ['1.2.10', '1.2.9', 1],
  ['2.0.0', '10.0.0', -1],
  ['1.3.0-beta.1', '1.3.0', 0],
])('%s against %s is %i', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
