import path from 'node:path';
import { z } from 'zod';
import { composeRoot } from '../../patcher/trust/compose-documents.ts';
import { signDocument } from '../../patcher/trust/sign-document.ts';
import {
  parseTrustDocument,
  type SignedRoot,
  type TrustDocument,
} from '../../patcher/trust/trust-document.ts';
import {
  createKeySeed,
  createTrustSigner,
  keyIdOf,
  type TrustSigner,
} from '../../patcher/trust/trust-key.ts';
import { repositoryErrors } from './errors.ts';

const seedSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** What a service is given to keep its repositories: never a publisher's key, and in production no root or targets key. */
export const trustSecretsSchema = z.strictObject({
  /** The root document to begin with; newer ones come through the API. */
  root: z.string(),
  /** Private keys of snapshot and timestamp, those of the last rotation too; the root says which sign. */
  online: z.array(seedSchema).min(1),
  /** Lets the service give games to publishers by itself. Without it their operator does, offline. */
  targets: seedSchema.optional(),
});
export type TrustSecrets = z.infer<typeof trustSecretsSchema>;

const DAY_MS = 86_400_000;
/** Roots are renewed by people; long enough not to be forgotten between two releases of a launcher. */
const ROOT_LIFETIME_MS = 730 * DAY_MS;
export const ROOT_THRESHOLD = 2;
export const ROOT_KEYS = 3;

export interface NewTrust {
  readonly secrets: TrustSecrets;
  /** Private keys of the root, as seeds. They belong offline, apart from each other. */
  readonly rootSeeds: readonly string[];
}

/** Make a root of trust: three root keys of which two must sign, a targets key, and one key each for the online roles. */
export function createTrust(nowMs: number): NewTrust {
  const seed = () => createKeySeed().toString('hex');
  const rootSeeds = Array.from({ length: ROOT_KEYS }, seed);
  const [targets, snapshot, timestamp] = [seed(), seed(), seed()];
  const signers = rootSeeds.map(signerOf);
  const one = (from: string) => ({ keys: [signerOf(from).key], threshold: 1 });
  const roles = {
    root: { keys: signers.map(({ key }) => key), threshold: ROOT_THRESHOLD },
    targets: one(targets),
    snapshot: one(snapshot),
    timestamp: one(timestamp),
  };
  const root = signDocument<'root'>(
    composeRoot({ version: 1, expiresMs: nowMs + ROOT_LIFETIME_MS }, roles),
    signers.slice(0, ROOT_THRESHOLD),
  );
  return { rootSeeds, secrets: { root: root.toString(), online: [snapshot, timestamp], targets } };
}

export function rootExpiry(nowMs: number): number {
  return nowMs + ROOT_LIFETIME_MS;
}

export function signerOf(seedHex: string): TrustSigner {
  return createTrustSigner(Buffer.from(seedHex, 'hex'));
}

/** The keys a running service signs with. */
export interface ServiceSigners {
  readonly firstRoot: TrustDocument<'root'>;
  /** @throws {AppError} `SIGNING_ONLINE_KEY_MISSING` */
  readonly online: (root: SignedRoot, role: 'snapshot' | 'timestamp') => TrustSigner[];
  /** Undefined where the operator keeps it elsewhere. */
  readonly targets: (root: SignedRoot) => TrustSigner | undefined;
}

export function createServiceSigners(secrets: TrustSecrets): ServiceSigners {
  const online = secrets.online.map(signerOf);
  const targets = secrets.targets === undefined ? undefined : signerOf(secrets.targets);
  return {
    firstRoot: parseTrustDocument('root', Buffer.from(secrets.root)),
    online: (root, role) => {
      const { keyids, threshold } = root.roles[role];
      const found = online.filter(({ key }) => keyids.includes(keyIdOf(key)));
      if (found.length < threshold) throw repositoryErrors.error('SIGNING_ONLINE_KEY_MISSING', { role });
      return found;
    },
    targets: (root) =>
      targets !== undefined && root.roles.targets.keyids.includes(targets.keyId) ? targets : undefined,
  };
}

/** Where a service on one machine keeps what {@link createTrust} made. */
export function trustFiles(keysFolder: string) {
  return {
    secrets: path.join(keysFolder, 'trust.json'),
    root: path.join(keysFolder, 'trust-root.json'),
    rootKey: (index: number) => path.join(keysFolder, `root-key-${index + 1}.json`),
    targetsKey: path.join(keysFolder, 'targets-key.json'),
  };
}
