import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { createTrustSigner, type TrustSigner } from '../../patcher/trust/trust-key.ts';
import { keyErrors } from './key-errors.ts';

const deriveKey = promisify(scrypt) as (
  passphrase: string,
  salt: Buffer,
  length: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer>;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const privateSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('plain'), seed: hex(32) }),
  z.strictObject({ kind: z.literal('passphrase'), salt: hex(16), nonce: hex(12), sealed: hex(48) }),
  /** Somebody else's key, known by its public half only. */
  z.strictObject({ kind: z.literal('none') }),
]);

export const keyFileSchema = z.strictObject({
  format: z.literal('gantry-key'),
  version: z.literal(1),
  /** What for, in its owner's words. */
  name: z.string().max(80),
  keyId: hex(32),
  public: hex(32),
  createdAt: z.iso.datetime(),
  private: privateSchema,
});

/** A signing key as it lies on a disk, for its owner only (mode 0600). */
export type KeyFile = z.infer<typeof keyFileSchema>;

/** 64 MiB and about a quarter second a guess: a passphrase is tried seldom by its owner and often by a thief. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };

/** @param seed 32 bytes, the private key, unprotected in the file. */
export function toKeyFile(seed: string, name: string): KeyFile {
  const { keyId, key } = createTrustSigner(Buffer.from(seed, 'hex'));
  return {
    format: 'gantry-key',
    version: 1,
    name,
    keyId,
    public: key.keyval.public,
    createdAt: new Date().toISOString(),
    private: { kind: 'plain', seed },
  };
}

/** The same with the private half sealed by a passphrase (scrypt, AES-256-GCM). */
export async function toSealedKeyFile(seed: string, name: string, passphrase: string): Promise<KeyFile> {
  const file = toKeyFile(seed, name);
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(passphrase, salt, 32, SCRYPT), nonce);
  cipher.setAAD(Buffer.from(file.keyId));
  const sealed = Buffer.concat([
    cipher.update(Buffer.from(seed, 'hex')),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return {
    ...file,
    private: {
      kind: 'passphrase',
      salt: salt.toString('hex'),
      nonce: nonce.toString('hex'),
      sealed: sealed.toString('hex'),
    },
  };
}

/** @throws {AppError} `KEY_FILE_INVALID`, which never quotes the text. */
export function parseKeyFile(text: string, file: string): KeyFile {
  let parsed: KeyFile;
  try {
    parsed = keyFileSchema.parse(JSON.parse(text));
  } catch {
    throw keyErrors.error('KEY_FILE_INVALID', { file });
  }
  return parsed;
}

/**
 * Open a key for signing.
 * @param askPassphrase Asked only where the key is sealed.
 * @throws {AppError} `KEY_PASSPHRASE_WRONG`, `KEY_PRIVATE_MISSING`, `KEY_FILE_INVALID`
 */
export async function openKeyFile(
  file: KeyFile,
  askPassphrase: (file: KeyFile) => Promise<string>,
): Promise<TrustSigner> {
  const signer = createTrustSigner(await openSeed(file, askPassphrase));
  if (signer.keyId !== file.keyId) throw keyErrors.error('KEY_FILE_INVALID', { file: file.name });
  return signer;
}

async function openSeed(file: KeyFile, askPassphrase: (file: KeyFile) => Promise<string>): Promise<Buffer> {
  const { private: half, keyId, name } = file;
  if (half.kind === 'plain') return Buffer.from(half.seed, 'hex');
  if (half.kind === 'none') throw keyErrors.error('KEY_PRIVATE_MISSING', { name, keyId });
  const passphrase = await askPassphrase(file);
  const key = await deriveKey(passphrase, Buffer.from(half.salt, 'hex'), 32, SCRYPT);
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(half.nonce, 'hex'));
  const sealed = Buffer.from(half.sealed, 'hex');
  decipher.setAAD(Buffer.from(keyId)).setAuthTag(sealed.subarray(32));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, 32)), decipher.final()]);
  } catch (cause) {
    throw keyErrors.error('KEY_PASSPHRASE_WRONG', { name }, cause);
  }
}
