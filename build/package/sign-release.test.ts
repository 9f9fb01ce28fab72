import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const run = promisify(execFile);
const script = fileURLToPath(new URL('sign-release.ts', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-sign-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

test('a release’s installers are listed with their hashes and signed with the maker’s key', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(path.join(folder, 'Gantry-9.AppImage'), 'installer');
  await writeFile(path.join(folder, 'latest-linux.yml'), 'version: 9');
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const env = { ...process.env, GANTRY_RELEASE_PRIVATE_KEY: key };
  const { stdout } = await run(process.execPath, [script, folder, '--minimum', '0.1.0', '--rollout', '5'], {
    env,
  });
  const bytes = await readFile(stdout.trim());
  const signature = Buffer.from(await readFile(`${stdout.trim()}.sig`, 'utf8'), 'base64');
  expect(verify(null, bytes, publicKey, signature)).toBe(true);
  expect(JSON.parse(bytes.toString('utf8'))).toMatchObject({
    product: 'gantry-launcher',
    minimumVersion: '0.1.0',
    rolloutPercent: 5,
    files: [
      {
        name: 'Gantry-9.AppImage',
        sizeBytes: 9,
        sha512: createHash('sha512').update('installer').digest('hex'),
      },
    ],
  });
});

test('without a key nothing is written', async () => {
  const { GANTRY_RELEASE_PRIVATE_KEY: _key, ...env } = process.env;
  await expect(run(process.execPath, [script, folder, '--minimum', '0.1.0'], { env })).rejects.toMatchObject({
    code: 2,
  });
  expect(await readdir(folder)).toEqual([]);
});
