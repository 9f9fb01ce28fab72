import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isMissing, writeAtomically } from '../profile/document.ts';

/** Where the one secret that outlives a run is kept: the refresh token. */
export interface SecretStore {
  /** `memory`: gone after this run. */
  readonly kind: 'persistent' | 'memory';
  readonly read: () => Promise<string | null>;
  readonly write: (secret: string) => Promise<void>;
  readonly clear: () => Promise<void>;
}

export function createMemorySecretStore(): SecretStore {
  let secret: string | null = null;
  return {
    kind: 'memory',
    read: async () => secret,
    write: async (value) => {
      secret = value;
    },
    clear: async () => {
      secret = null;
    },
  };
}

/** How a secret is sealed before it touches the disk. */
export interface SecretCipher {
  readonly encrypt: (text: string) => Uint8Array;
  /** @returns null where the bytes were sealed by another user or machine. */
  readonly decrypt: (sealed: Uint8Array) => string | null;
}

/** No cipher: a file only its owner can read, for hosts without a system key store (servers, handhelds). */
export const plainCipher: SecretCipher = {
  encrypt: (text) => Buffer.from(text, 'utf8'),
  decrypt: (sealed) => Buffer.from(sealed).toString('utf8'),
};

/**
 * A secret in a file of the profile (mode 0600), sealed by `cipher`.
 * A file that cannot be unsealed counts as none: the player signs in again.
 */
export function createFileSecretStore(profileFolder: string, cipher: SecretCipher): SecretStore {
  const file = path.join(profileFolder, 'session.secret');
  return {
    kind: 'persistent',
    read: async () => {
      try {
        return cipher.decrypt(await readFile(file)) || null;
      } catch (cause) {
        if (isMissing(cause)) return null;
        throw cause;
      }
    },
    write: (secret) => writeAtomically(file, cipher.encrypt(secret)),
    clear: () => rm(file, { force: true }),
  };
}
