import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { onChangedNode } from '../testing/trees/changed-node.ts';
import { assertCryptoWorks } from './crypto-self-test.ts';

test('the Node the project runs on does what is relied on', () => {
  expect(assertCryptoWorks).not.toThrow();
});

/** What a program prints that begins with the self-test, on a Node of which something was taken away or broken. */
function runOn(change: string): string {
  const module = fileURLToPath(new URL('crypto-self-test.ts', import.meta.url));
  const program = `
    const { assertCryptoWorks } = await import(${JSON.stringify(module)});
    try { assertCryptoWorks(); console.log('runs'); }
    catch (error) { console.log(error.code, error.details.what); }`;
  const args = [...onChangedNode(change), '--input-type=module', '-e', program];
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout.trim();
}

test.each([
  ['as it is', '', 'runs'],
  [
    'without SHA-256',
    `const real = crypto.createHash;
     crypto.createHash = (name, ...rest) => { if (name === 'sha256') throw new Error('unsupported'); return real(name, ...rest); };`,
    'CRYPTO_UNFIT SHA-256',
  ],
  ['whose SHA-256 is another hash', `crypto.hash = () => '00'.repeat(32);`, 'CRYPTO_UNFIT SHA-256'],
  ['that takes any signature', `crypto.verify = () => true;`, 'CRYPTO_UNFIT Ed25519'],
  [
    'without Ed25519',
    `crypto.createPublicKey = () => { throw new Error('unsupported'); };`,
    'CRYPTO_UNFIT Ed25519',
  ],
  [
    'without AES-256-GCM',
    `crypto.createDecipheriv = () => { throw new Error('unsupported'); };`,
    'CRYPTO_UNFIT AES-256-GCM',
  ],
  [
    'whose AES-256-GCM checks no tag',
    `const real = crypto.createDecipheriv;
     crypto.createDecipheriv = (...all) => { const it = real(...all); it.final = () => Buffer.alloc(0); return it; };`,
    'CRYPTO_UNFIT AES-256-GCM',
  ],
  ['without Zstandard', `delete zlib.zstdDecompressSync;`, 'CRYPTO_UNFIT Zstandard'],
])('on a Node %s the self-test says so', (_what, change, said) => {
  expect(runOn(change)).toBe(said);
});
