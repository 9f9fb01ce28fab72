import { type Migration, type MigrationResult, Migrator } from 'kysely/migration';
import { accountsMigration } from '../accounts/accounts-migration.ts';
import { catalogueMigration } from '../catalogue/catalogue-migration.ts';
import { costsMigration } from '../costs/costs-migration.ts';
import { grantsMigration } from '../grants/grants-migration.ts';
import { ledgerMigration } from '../ledger/ledger-migration.ts';
import { pushMigration } from '../push/push-migration.ts';
import { questsMigration } from '../quests/quests-migration.ts';
import { trustMigration } from '../trust/trust-migration.ts';
import type { Database } from './database.ts';
import { idempotencyMigration } from './idempotency-migration.ts';

/** In order of their names, which never change once released. A domain adds its migrations by one line each. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-accounts': accountsMigration,
  '0002-catalogue': catalogueMigration,
  '0003-push': pushMigration,
  '0004-grants': grantsMigration,
  '0005-idempotency': idempotencyMigration,
  '0006-costs': costsMigration,
  '0006-ledger': ledgerMigration,
  '0007-quests': questsMigration,
  '0008-trust': trustMigration,
};

/**
 * Bring the database to this version's schema. Several processes may call it at once; one works, the others wait.
 * @throws the first migration's error; migrations before it stay applied.
 */
export async function migrateToLatest(database: Database): Promise<readonly MigrationResult[]> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...migrations }) },
  });
  const { results, error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results ?? [];
}
