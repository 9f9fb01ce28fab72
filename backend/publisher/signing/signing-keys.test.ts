import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isGoodSignature } from '../../../patcher/trust/trust-document.ts';
import { keyIdOf, toTrustKey } from '../../../patcher/trust/trust-key.ts';
import { SigningKeys } from './signing-keys.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'gantry-keys-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const bytes = Buffer.from('what is signed');

test('a key is kept for its owner only, and signs', async () => {
  const keys = new SigningKeys(home, {});
  const made = await keys.create({ name: 'publisher' });
  if (process.platform !== 'win32') {
    expect((await stat(keys.fileOf(made))).mode & 0o777).toBe(0o600);
    expect((await stat(keys.folder)).mode & 0o777).toBe(0o700);
  }
  const [listed] = await new SigningKeys(home, {}).list();
  expect(listed).toEqual(made);
  const signer = await keys.open(made);
  expect(isGoodSignature(toTrustKey(made.public), bytes, signer.sign(bytes))).toBe(true);
  expect(signer.keyId).toBe(keyIdOf(toTrustKey(made.public)));
  expect(await readdir(keys.folder)).toEqual([path.basename(keys.fileOf(made))]);
});

test('a key with a passphrase opens with it only, and its file does not hold the private half', async () => {
  const made = await new SigningKeys(home, {}).create({ name: 'sealed', passphrase: 'open sesame' });
  const right = new SigningKeys(home, { GANTRY_KEY_PASSPHRASE: 'open sesame' });
  const signer = await right.open(made);
  expect(isGoodSignature(toTrustKey(made.public), bytes, signer.sign(bytes))).toBe(true);
  expect(await readFile(right.fileOf(made), 'utf8')).not.toContain('seed');
  const wrong = new SigningKeys(home, { GANTRY_KEY_PASSPHRASE: 'open barley' });
  await expect(wrong.open(made)).rejects.toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
  await expect(new SigningKeys(home, {}).open(made)).rejects.toMatchObject({
    code: 'CLI_CREDENTIALS_MISSING',
  });
});

test('a build machine gives its key by the environment, as a seed or a whole file, and it goes last', async () => {
  const stored = await new SigningKeys(home, {}).create({ name: 'publisher' });
  const seed = '5a'.repeat(32);
  const given = await new SigningKeys(home, { GANTRY_SIGNING_KEY: seed }).list();
  expect(given.map(({ name }) => name)).toEqual(['publisher', 'GANTRY_SIGNING_KEY']);
  const other = new SigningKeys(path.join(home, 'elsewhere'), { GANTRY_SIGNING_KEY: JSON.stringify(stored) });
  expect(await other.list()).toEqual([stored]);
  const broken = new SigningKeys(home, { GANTRY_SIGNING_KEY: 'not a key' });
  await expect(broken.list()).rejects.toMatchObject({ code: 'KEY_FILE_INVALID' });
});

test('a colleague’s key is known by its public half, which signs nothing and replaces no key of one’s own', async () => {
  const keys = new SigningKeys(home, {});
  const made = await keys.create({ name: 'mine' });
  await expect(keys.trust(made.public, 'theirs')).rejects.toMatchObject({ code: 'CLI_FILE_EXISTS' });
  const theirs = await keys.trust('ab'.repeat(32), 'Ada');
  await expect(keys.open(theirs)).rejects.toMatchObject({ code: 'KEY_PRIVATE_MISSING' });
  expect(await keys.find('Ada')).toEqual(theirs);
  expect(await keys.find(made.keyId.slice(0, 8))).toEqual(made);
  await expect(keys.find('nobody')).rejects.toMatchObject({ code: 'CLI_KEY_UNKNOWN' });
});
