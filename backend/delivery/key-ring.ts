import { generateKeyPair, type KeyObject, randomInt } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { deliveryErrors } from './errors.ts';

const makePair = promisify(generateKeyPair);

const keySchema = z.object({
  /** The CDN's id of the public key, as it stands in `Key-Pair-Id`. */
  id: z.string().regex(/^[A-Z0-9]{4,32}$/),
  algorithm: z.enum(['ecdsa-p256', 'rsa-2048']),
  hash: z.enum(['SHA256', 'SHA1']),
  privateKeyPem: z.string().startsWith('-----BEGIN PRIVATE KEY-----'),
  publicKeyPem: z.string().startsWith('-----BEGIN PUBLIC KEY-----'),
  createdAt: z.iso.datetime(),
});

const ringSchema = z
  .object({
    format: z.literal('gantry-key-ring'),
    version: z.literal(1),
    activeKeyId: z.string(),
    keys: z.array(keySchema).min(1).max(2),
  })
  .refine((ring) => ring.keys.some((key) => key.id === ring.activeKeyId), 'the active key is not in the ring')
  .refine(
    (ring) => new Set(ring.keys.map((key) => key.id)).size === ring.keys.length,
    'two keys have one id',
  );

export type SigningKey = Readonly<z.infer<typeof keySchema>>;

/** One or two live keys: the active one signs, both verify. The file is secret: mode 0600, never in a log. */
export interface KeyRing {
  readonly format: 'gantry-key-ring';
  readonly version: 1;
  readonly activeKeyId: string;
  readonly keys: readonly SigningKey[];
}

/** What an edge needs of a key. */
export interface TrustedKey {
  readonly id: string;
  readonly publicKeyPem: string;
}

export interface KeyOptions {
  /** P-256 unless a CDN can only verify RSA. */
  readonly algorithm?: SigningKey['algorithm'];
  /** SHA-256 unless a CDN can only verify SHA-1. */
  readonly hash?: SigningKey['hash'];
  /** Epoch milliseconds. */
  readonly nowMs?: number;
}

/** A ring with one new key. */
export async function generateKeyRing(options: KeyOptions = {}): Promise<KeyRing> {
  const key = await generateKey(options);
  return { format: 'gantry-key-ring', version: 1, activeKeyId: key.id, keys: [key] };
}

/**
 * Add a key without signing with it yet: its public half must reach the CDN first.
 * @throws `KEY_RING_FULL` while two keys are live.
 */
export async function addKey(
  ring: KeyRing,
  options: KeyOptions = {},
): Promise<{ ring: KeyRing; key: SigningKey }> {
  if (ring.keys.length >= 2) throw deliveryErrors.error('KEY_RING_FULL');
  const key = await generateKey(options);
  return { ring: { ...ring, keys: [...ring.keys, key] }, key };
}

/** Sign with this key from now on; the other stays valid for what it has signed. */
export function activateKey(ring: KeyRing, keyId: string): KeyRing {
  findKey(ring, keyId);
  return { ...ring, activeKeyId: keyId };
}

/** Drop a key that no longer signs. What it signed stops working, so wait out the longest grant first. */
export function retireKey(ring: KeyRing, keyId: string): KeyRing {
  findKey(ring, keyId);
  if (ring.activeKeyId === keyId) throw deliveryErrors.error('KEY_RING_KEY_ACTIVE', { keyId });
  return { ...ring, keys: ring.keys.filter((key) => key.id !== keyId) };
}

/**
 * Give a key the id CloudFront made up for its public half.
 * @throws `KEY_RING_KEY_UNKNOWN`
 */
export function renameKey(
  ring: KeyRing,
  { from, to }: { readonly from: string; readonly to: string },
): KeyRing {
  findKey(ring, from);
  const keys = ring.keys.map((key) => (key.id === from ? { ...key, id: to } : key));
  return { ...ring, keys, activeKeyId: ring.activeKeyId === from ? to : ring.activeKeyId };
}

export function activeKey(ring: KeyRing): SigningKey {
  return findKey(ring, ring.activeKeyId);
}

/** The public halves of every live key. */
export function trustedKeys(ring: KeyRing): readonly TrustedKey[] {
  return ring.keys.map(({ id, publicKeyPem }) => ({ id, publicKeyPem }));
}

/** @throws `KEY_RING_INVALID`, which never quotes the file. */
export async function readKeyRing(file: string): Promise<KeyRing> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw deliveryErrors.error('KEY_RING_INVALID', { file, reason: errnoText(error) }, error);
  }
  return parseKeyRing(text, file);
}

function parseKeyRing(text: string, file: string): KeyRing {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which holds private keys.
    throw deliveryErrors.error('KEY_RING_INVALID', { file, reason: 'it is not JSON' });
  }
  const parsed = ringSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const reason = `${issue?.path.join('.') || 'the file'} is not as it should be (${issue?.code})`;
  throw deliveryErrors.error('KEY_RING_INVALID', { file, reason });
}

/** Replace the file as a whole; only its owner may read it. */
export async function writeKeyRing(file: string, ring: KeyRing): Promise<void> {
  const temporary = `${file}.${process.pid}.${randomInt(2 ** 32)}`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(ringSchema.parse(ring), null, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(temporary, file);
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

async function generateKey({
  algorithm = 'ecdsa-p256',
  hash = 'SHA256',
  nowMs = Date.now(),
}: KeyOptions): Promise<SigningKey> {
  const { privateKey, publicKey } = await makeKeyPair(algorithm);
  return {
    id: makeKeyId(),
    algorithm,
    hash,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    createdAt: new Date(nowMs).toISOString(),
  };
}

function makeKeyPair(
  algorithm: SigningKey['algorithm'],
): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  if (algorithm === 'rsa-2048') return makePair('rsa', { modulusLength: 2048 });
  return makePair('ec', { namedCurve: 'P-256' });
}

/** An id of CloudFront's form; {@link renameKey} takes CloudFront's own where the key is registered there. */
function makeKeyId(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return `K${Array.from({ length: 13 }, () => letters[randomInt(letters.length)]).join('')}`;
}

function findKey(ring: KeyRing, keyId: string): SigningKey {
  const key = ring.keys.find(({ id }) => id === keyId);
  if (!key) throw deliveryErrors.error('KEY_RING_KEY_UNKNOWN', { keyId });
  return key;
}

function errnoText(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
}
