import type { SafeStorage } from 'electron';
import {
  createFileSecretStore,
  createMemorySecretStore,
  type SecretStore,
} from '../../session/secret-store.ts';

/**
 * The refresh token sealed by the system's key store (Keychain, DPAPI, libsecret or KWallet).
 * Where Linux has none, Electron seals with a password that is in its source (`basic_text`): then memory only.
 */
export function createSafeSecrets(options: {
  readonly safeStorage: Pick<
    SafeStorage,
    'isEncryptionAvailable' | 'encryptString' | 'decryptString' | 'getSelectedStorageBackend'
  >;
  readonly platform: NodeJS.Platform;
  readonly profileFolder: string;
}): SecretStore {
  const { safeStorage, platform, profileFolder } = options;
  const isReal =
    safeStorage.isEncryptionAvailable() &&
    (platform !== 'linux' || !['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend()));
  if (!isReal) return createMemorySecretStore();
  return createFileSecretStore(profileFolder, {
    encrypt: (text) => safeStorage.encryptString(text),
    decrypt: (sealed) => {
      try {
        return safeStorage.decryptString(Buffer.from(sealed));
      } catch {
        return null; // Sealed by another user or machine, or cut short: the player signs in again.
      }
    },
  });
}
