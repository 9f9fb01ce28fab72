import { composeTargets, gameKeysOf } from '../../patcher/trust/compose-documents.ts';
import { signDocument } from '../../patcher/trust/sign-document.ts';
import {
  checkSignatures,
  keysOfRole,
  type SignedRoot,
  type TrustDocument,
} from '../../patcher/trust/trust-document.ts';
import { takeRoot } from '../../patcher/trust/update-root.ts';
import type { DatabaseTransaction } from '../db/database.ts';
import { renewRepositories, type TrustServices } from './announce.ts';
import { repositoryErrors } from './errors.ts';
import { insertRecord, lockRepository, readRecord, readRoot } from './trust-store.ts';

const TARGETS_LIFETIME_MS = 365 * 86_400_000;

/**
 * Take the root that follows the present one; its signatures are all the permission there is. What it takes away from
 * the online keys is signed anew at once with those it names.
 * @throws {AppError} `TRUST_*`; `SIGNING_ONLINE_KEY_MISSING` and `SIGNING_RECORD_STRANDED` before anything has changed.
 */
export async function replaceRoot(services: TrustServices, bytes: Uint8Array): Promise<void> {
  await services.database.transaction().execute(async (transaction) => {
    const next = takeRoot(await readRoot(transaction), bytes);
    services.signers.online(next.signed, 'snapshot');
    services.signers.online(next.signed, 'timestamp');
    await resignTargets(transaction, services, next.signed);
    await insertRoot(transaction, next);
  });
  await renewRepositories(services);
}

/** Records that say who publishes what, where the new root does not take their signature: by the key it names, if it is here. */
async function resignTargets(
  transaction: DatabaseTransaction,
  { signers, now }: TrustServices,
  root: SignedRoot,
): Promise<void> {
  const repositories = await transaction.selectFrom('trustRepositories').select('organisationId').execute();
  for (const { organisationId } of repositories) {
    await lockRepository(transaction, organisationId);
    const record = await readRecord(transaction, organisationId, 'targets');
    if (record === undefined || isSigned(record, root)) continue;
    const signer = signers.targets(root);
    if (signer === undefined) {
      throw repositoryErrors.error('SIGNING_RECORD_STRANDED', { role: 'targets', organisationId });
    }
    const terms = {
      version: record.signed.version + 1,
      expiresMs: now().getTime() + TARGETS_LIFETIME_MS,
    };
    const signed = composeTargets(organisationId, terms, gameKeysOf(record.signed));
    await insertRecord(transaction, organisationId, {
      role: 'targets',
      version: terms.version,
      bytes: signDocument<'targets'>(signed, [signer]),
    });
    // Signed with other keys than the root's: announced anew by whoever renews.
    await transaction
      .updateTable('trustRepositories')
      .set({ onlineKeys: '' })
      .where('organisationId', '=', organisationId)
      .execute();
  }
}

function isSigned(record: TrustDocument<'targets'>, root: SignedRoot): boolean {
  try {
    checkSignatures(record, 'targets', keysOfRole(root, 'targets'));
    return true;
  } catch {
    return false;
  }
}

/** Begin with the root the service was given, or go on with those it has: a newer one given to it is taken. */
export async function openRoot(services: TrustServices): Promise<void> {
  const { database, signers } = services;
  const given = signers.firstRoot;
  await database.transaction().execute(async (transaction) => {
    const newest = await transaction
      .selectFrom('trustRoots')
      .select(['version', 'document'])
      .orderBy('version', 'desc')
      .execute();
    const [current] = newest;
    if (current === undefined) {
      checkSignatures(given, 'root', keysOfRole(given.signed, 'root'));
      await insertRoot(transaction, given);
      return;
    }
    const same = newest.find(({ version }) => version === given.signed.version);
    if (same !== undefined && !same.document.equals(given.bytes)) {
      throw repositoryErrors.error('SIGNING_ROOT_UNRELATED', { place: 'the service’s keys' });
    }
    if (given.signed.version > current.version)
      await insertRoot(transaction, takeRoot(await readRoot(transaction), given.bytes));
  });
  const root = (await readRoot(database)).signed;
  signers.online(root, 'snapshot');
  signers.online(root, 'timestamp');
  await renewRepositories(services);
}

async function insertRoot(transaction: DatabaseTransaction, root: TrustDocument<'root'>): Promise<void> {
  await transaction
    .insertInto('trustRoots')
    .values({ version: root.signed.version, document: root.bytes })
    // Two services that start together bring the same one.
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
