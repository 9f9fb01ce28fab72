import crypto from 'node:crypto';
import zlib from 'node:zlib';
import { defineErrors } from '../errors.ts';

export const selfTestErrors = defineErrors({
  CRYPTO_UNFIT: {
    family: 'integrity',
    sentence: 'What this program checks downloads with is missing or gives wrong results ({what}).',
    next: 'Nothing was changed. Install the program again, or run it with the Node it comes with.',
  },
});

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** FIPS 180-2, appendix B.1. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
/** RFC 8032, section 7.1, test 1: the public key after the header every Ed25519 key has in DER, and the signature of nothing. */
const ED25519_KEY = hex(
  '302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
);
const ED25519_SIGNATURE = hex(
  'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
);
/** Test case 14 of the GCM specification: key, nonce and text of zeros. */
const AES_TEXT = hex('cea7403d4d606b6e074ec5d3baf39d18');
const AES_TAG = hex('d0d1c8a799996bf0265b98b5d48ab919');
/** RFC 8878: sixteen times "abc". */
const ZSTD_FRAME = hex('28b52ffd20304d00001861626301006aba21');

/** Each does what the program relies on, with an answer that is known from elsewhere. */
const checks = {
  'SHA-256': () => crypto.hash('sha256', 'abc') === ABC && hashInParts() === ABC,
  Ed25519: () => verifies(Buffer.alloc(0)) && !verifies(Buffer.alloc(1)),
  'AES-256-GCM': () => decipher(AES_TAG) && !succeeds(() => decipher(Buffer.alloc(16))),
  Zstandard: () => zlib.zstdDecompressSync(ZSTD_FRAME).toString('latin1') === 'abc'.repeat(16),
} as const satisfies Readonly<Record<string, () => boolean>>;

/** What the program relies on, and a part of it may do without. */
export type CryptoPrimitive = keyof typeof checks;

const all = Object.keys(checks) as readonly CryptoPrimitive[];

/**
 * Refuse to run where hashes, signatures or decompression are missing or broken, as in a Node that was built without
 * them: everything that is installed rests on them.
 * @param used What the work to come uses; everything unless named.
 * @throws {AppError} `CRYPTO_UNFIT`.
 */
export function assertCryptoWorks(used: readonly CryptoPrimitive[] = all): void {
  for (const what of used) {
    let cause: unknown;
    try {
      if (checks[what]()) continue;
    } catch (error) {
      cause = error;
    }
    throw selfTestErrors.error('CRYPTO_UNFIT', { what }, cause);
  }
}

function hashInParts(): string {
  return crypto.createHash('sha256').update('a').update('bc').digest('hex');
}

function verifies(message: Buffer): boolean {
  const key = crypto.createPublicKey({ key: ED25519_KEY, format: 'der', type: 'spki' });
  return crypto.verify(null, message, key, ED25519_SIGNATURE);
}

/** @throws Where the tag is not the text's. */
function decipher(tag: Buffer): boolean {
  const opened = crypto.createDecipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12));
  opened.setAuthTag(tag);
  return Buffer.concat([opened.update(AES_TEXT), opened.final()]).equals(Buffer.alloc(16));
}

function succeeds(action: () => boolean): boolean {
  try {
    return action();
  } catch {
    return false; // Refusing is what is wanted of it.
  }
}
