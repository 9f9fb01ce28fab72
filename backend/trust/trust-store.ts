import { parseTrustDocument, type TrustDocument } from '../../patcher/trust/trust-document.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';

type Reader = Database | DatabaseTransaction;

/** The root that rules. */
export async function readRoot(database: Reader): Promise<TrustDocument<'root'>> {
  const { document } = await database
    .selectFrom('trustRoots')
    .select('document')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return parseTrustDocument('root', document);
}

/** The newest version of a role's record, or undefined before its first. */
export async function readRecord(
  database: Reader,
  organisationId: string,
  role: string,
): Promise<TrustDocument<'targets'> | undefined> {
  const row = await database
    .selectFrom('trustDocuments')
    .select('document')
    .where('organisationId', '=', organisationId)
    .where('role', '=', role)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && parseTrustDocument('targets', row.document, role);
}

/** The newest version of every record of an organisation, by role. */
export async function readNewest(
  database: Reader,
  organisationId: string,
): Promise<Map<string, { readonly version: number; readonly bytes: Buffer }>> {
  const rows = await database
    .selectFrom('trustDocuments')
    .select(['role', 'version', 'document'])
    .distinctOn('role')
    .where('organisationId', '=', organisationId)
    .orderBy('role')
    .orderBy('version', 'desc')
    .execute();
  return new Map(rows.map(({ role, version, document }) => [role, { version, bytes: document }]));
}

/** Lock an organisation's repository until the transaction ends, made where it is missing: its changes come one by one. */
export async function lockRepository(transaction: DatabaseTransaction, organisationId: string) {
  await transaction
    .insertInto('trustRepositories')
    .values({ organisationId, timestampVersion: 0, onlineKeys: '', published: true })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return transaction
    .selectFrom('trustRepositories')
    .selectAll()
    .where('organisationId', '=', organisationId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

export async function insertRecord(
  transaction: DatabaseTransaction,
  organisationId: string,
  record: { readonly role: string; readonly version: number; readonly bytes: Buffer },
): Promise<void> {
  const { role, version, bytes: document } = record;
  await transaction
    .insertInto('trustDocuments')
    .values({ organisationId, role, version, document })
    .execute();
}
