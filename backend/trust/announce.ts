import { composeSnapshot, composeTimestamp } from '../../patcher/trust/compose-documents.ts';
import { signDocument } from '../../patcher/trust/sign-document.ts';
import type { SignedRoot } from '../../patcher/trust/trust-document.ts';
import { onlineKeysOf } from '../../patcher/trust/update-root.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { insertRecord, lockRepository, readNewest, readRoot } from './trust-store.ts';
import type { ServiceSigners } from './trust-secrets.ts';

export interface TrustServices {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly signers: ServiceSigners;
  readonly now: () => Date;
}

const HOUR_MS = 3_600_000;
/** How long a launcher may be kept from learning what is new; a service that is down so long has stopped updates. */
const TIMESTAMP_LIFETIME_MS = 24 * HOUR_MS;
const SNAPSHOT_LIFETIME_MS = 7 * 24 * HOUR_MS;

/** Below this prefix the CDN asks for no signature: everybody may know what is newest. */
export const TRUST_PREFIX = 'trust/';

/**
 * Sign a snapshot of an organisation's newest records and a timestamp over it, in the transaction that changed them and
 * holds the repository's lock. Versions only rise, since each is the one after the last under that lock.
 */
export async function announce(
  transaction: DatabaseTransaction,
  { signers, now }: Pick<TrustServices, 'signers' | 'now'>,
  organisationId: string,
  root: SignedRoot,
): Promise<void> {
  const newest = await readNewest(transaction, organisationId);
  const snapshotVersion = (newest.get('snapshot')?.version ?? 0) + 1;
  newest.delete('snapshot');
  const nowMs = now().getTime();
  const snapshotTerms = { version: snapshotVersion, expiresMs: nowMs + SNAPSHOT_LIFETIME_MS };
  const snapshot = signDocument<'snapshot'>(
    composeSnapshot(organisationId, snapshotTerms, newest),
    signers.online(root, 'snapshot'),
  );
  await insertRecord(transaction, organisationId, {
    role: 'snapshot',
    version: snapshotVersion,
    bytes: snapshot,
  });
  await transaction
    .updateTable('trustRepositories')
    .set({ snapshotExpiresAt: new Date(snapshotTerms.expiresMs), onlineKeys: onlineKeysOf(root) })
    .where('organisationId', '=', organisationId)
    .execute();
  await stamp(transaction, { signers, now }, organisationId, root, {
    version: snapshotVersion,
    bytes: snapshot,
  });
}

async function stamp(
  transaction: DatabaseTransaction,
  { signers, now }: Pick<TrustServices, 'signers' | 'now'>,
  organisationId: string,
  root: SignedRoot,
  snapshot: { readonly version: number; readonly bytes: Buffer },
): Promise<void> {
  const { timestampVersion } = await lockRepository(transaction, organisationId);
  const version = timestampVersion + 1;
  const expiresMs = now().getTime() + TIMESTAMP_LIFETIME_MS;
  const timestamp = signDocument<'timestamp'>(
    composeTimestamp(organisationId, { version, expiresMs }, snapshot),
    signers.online(root, 'timestamp'),
  );
  await transaction
    .updateTable('trustRepositories')
    .set({
      timestamp,
      timestampVersion: version,
      timestampExpiresAt: new Date(expiresMs),
      published: false,
    })
    .where('organisationId', '=', organisationId)
    .execute();
}

/**
 * Bring an organisation's records to where launchers fetch them: first what the timestamp leads to, under names that
 * never change, and the timestamp last. Under the repository's lock, so that an older timestamp never replaces a newer.
 */
export async function publishRepository(
  { database, store }: Pick<TrustServices, 'database' | 'store'>,
  organisationId: string,
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const repository = await lockRepository(transaction, organisationId);
    if (repository.published || repository.timestamp === null) return;
    const newest = await readNewest(transaction, organisationId);
    for (const [role, { version, bytes }] of newest) {
      const key = `${TRUST_PREFIX}${organisationId}/${version}.${role}.json`;
      if ((await store.head(key)) === undefined) await store.write(key, bytes, IMMUTABLE);
    }
    await store.write(`${TRUST_PREFIX}${organisationId}/timestamp.json`, repository.timestamp, CHANGING);
    await transaction
      .updateTable('trustRepositories')
      .set({ published: true })
      .where('organisationId', '=', organisationId)
      .execute();
  });
}

const IMMUTABLE = {
  contentType: 'application/json',
  cacheControl: 'public, max-age=31536000, immutable',
} as const;
/** The one name whose content changes: a cache asks each time whether it did. */
const CHANGING = { contentType: 'application/json', cacheControl: 'no-cache' } as const;

/** Roots under their version's name, where they are missing. */
export async function publishRoots({
  database,
  store,
}: Pick<TrustServices, 'database' | 'store'>): Promise<void> {
  const roots = await database.selectFrom('trustRoots').selectAll().orderBy('version').execute();
  for (const { version, document } of roots) {
    const key = `${TRUST_PREFIX}${version}.root.json`;
    if ((await store.head(key)) === undefined) await store.write(key, document, IMMUTABLE);
  }
}

/** How long before its end a record is signed anew: half its life, so that a service may be down for the other half. */
const isDue = (expiresAt: Date | null, lifetimeMs: number, now: Date) =>
  expiresAt === null || expiresAt.getTime() - now.getTime() < lifetimeMs / 2;

/**
 * Sign anew what ends soon or was signed with keys the root no longer names, and publish whatever a crash kept from
 * being published. Any number of services may do it at once.
 */
export async function renewRepositories(services: TrustServices): Promise<void> {
  const { database, now } = services;
  await publishRoots(services);
  const repositories = await database
    .selectFrom('trustRepositories')
    .select('organisationId')
    .where('timestamp', 'is not', null)
    .execute();
  for (const { organisationId } of repositories) {
    await database.transaction().execute(async (transaction) => {
      const root = (await readRoot(transaction)).signed;
      const repository = await lockRepository(transaction, organisationId);
      const isRekeyed = repository.onlineKeys !== onlineKeysOf(root);
      if (isRekeyed || isDue(repository.snapshotExpiresAt, SNAPSHOT_LIFETIME_MS, now())) {
        await announce(transaction, services, organisationId, root);
      } else if (isDue(repository.timestampExpiresAt, TIMESTAMP_LIFETIME_MS, now())) {
        const snapshot = (await readNewest(transaction, organisationId)).get('snapshot');
        if (snapshot !== undefined) await stamp(transaction, services, organisationId, root, snapshot);
      }
    });
    await publishRepository(services, organisationId);
  }
}
