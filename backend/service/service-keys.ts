import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { toKeyFile } from '../trust/key-file.ts';
import { generateKeyRing, type KeyRing, readKeyRing, writeKeyRing } from '../delivery/key-ring.ts';
import { createTrust, trustFiles, type TrustSecrets, trustSecretsSchema } from '../trust/trust-secrets.ts';
import { startErrors } from './errors.ts';

const accessTokenKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1),
  x: z.string(),
  d: z.string(),
});
export const secretsSchema = z.object({
  /** The first signs, all verify. */
  accessTokenKeys: z.array(accessTokenKeySchema).min(1),
  /** Derives the next refresh token of a family. */
  refreshSecret: z.string().min(32),
  /** Signs the file store's upload addresses. */
  uploadSecret: z.string().min(32),
  /** Opens the local edge's fault endpoint. */
  edgeAdminToken: z.string().min(32),
});
export type ServiceSecrets = z.infer<typeof secretsSchema>;

export interface ServiceKeys {
  readonly secrets: ServiceSecrets;
  readonly trust: TrustSecrets;
  readonly keyRing: KeyRing;
}

/** Read the service's keys, made at the first start; only their owner may read the files. */
export async function readOrCreateKeys(folder: string): Promise<ServiceKeys> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const ringFile = path.join(folder, 'cdn-key-ring.json');
  return {
    secrets: await readOrCreateSecrets(path.join(folder, 'secrets.json')),
    trust: await readOrCreateTrust(folder),
    keyRing: await readOrCreateRing(ringFile),
  };
}

async function readOrCreateRing(file: string): Promise<KeyRing> {
  if (await exists(file)) return readKeyRing(file);
  const ring = await generateKeyRing();
  await writeKeyRing(file, ring);
  return ring;
}

async function readOrCreateSecrets(file: string): Promise<ServiceSecrets> {
  if (await exists(file)) return parseSecrets(await readFile(file, 'utf8'), file);
  const secrets = await generateSecrets();
  await writeSecretFile(file, secrets);
  return secrets;
}

/**
 * A service that was given no trust makes its own: good for a laptop, where all keys lie together. In production
 * `gantry keys root create` makes them elsewhere, and only `trust.json` comes here.
 */
async function readOrCreateTrust(folder: string): Promise<TrustSecrets> {
  const files = trustFiles(folder);
  if (await exists(files.secrets)) {
    return parseTrustSecrets(await readFile(files.secrets, 'utf8'), files.secrets);
  }
  const { secrets, rootSeeds } = createTrust(Date.now());
  for (const [index, seed] of rootSeeds.entries()) {
    await writeSecretFile(files.rootKey(index), toKeyFile(seed, 'root'));
  }
  if (secrets.targets !== undefined) {
    await writeSecretFile(files.targetsKey, toKeyFile(secrets.targets, 'targets'));
  }
  await writeFile(files.root, secrets.root);
  await writeSecretFile(files.secrets, secrets);
  return secrets;
}

/** @throws {AppError} `SERVICE_KEYS_INVALID`, which never quotes the text. */
export function parseTrustSecrets(text: string, file: string): TrustSecrets {
  try {
    return trustSecretsSchema.parse(JSON.parse(text));
  } catch {
    throw startErrors.error('SERVICE_KEYS_INVALID', { file });
  }
}

/** @throws {AppError} `SERVICE_KEYS_INVALID`, which never quotes the text. */
export function parseSecrets(text: string, file: string): ServiceSecrets {
  try {
    return secretsSchema.parse(JSON.parse(text));
  } catch {
    throw startErrors.error('SERVICE_KEYS_INVALID', { file });
  }
}

export async function generateSecrets(): Promise<ServiceSecrets> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  const secret = () => randomBytes(32).toString('base64url');
  return secretsSchema.parse({
    accessTokenKeys: [{ ...jwk, kid: randomBytes(8).toString('hex') }],
    refreshSecret: secret(),
    uploadSecret: secret(),
    edgeAdminToken: secret(),
  });
}

/** Whole or not at all, and for its owner only. */
export async function writeSecretFile(file: string, value: unknown): Promise<void> {
  const made = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(made, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(made, file);
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
