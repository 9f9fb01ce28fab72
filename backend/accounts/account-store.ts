import type { Account, Role } from '../api/contract.ts';
import { type Database, isUniqueViolation } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';

export interface NewAccount {
  readonly email: string;
  readonly displayName: string;
  readonly passwordHash: string;
}

/** @throws {AppError} `REGISTRATION_REFUSED` when the address has an account. */
export async function insertAccount(database: Database, account: NewAccount): Promise<string> {
  try {
    const { accountId } = await database
      .insertInto('accounts')
      .values({ ...account, email: normaliseEmail(account.email) })
      .returning('accountId')
      .executeTakeFirstOrThrow();
    return accountId;
  } catch (error) {
    if (isUniqueViolation(error)) throw serviceErrors.error('REGISTRATION_REFUSED');
    throw error;
  }
}

export async function findByEmail(database: Database, email: string) {
  return database
    .selectFrom('accounts')
    .select(['accountId', 'passwordHash'])
    .where('email', '=', normaliseEmail(email))
    .executeTakeFirst();
}

export async function readAccount(database: Database, accountId: string): Promise<Account> {
  const account = await database
    .selectFrom('accounts')
    .select(['accountId', 'email', 'displayName'])
    .where('accountId', '=', accountId)
    .executeTakeFirstOrThrow();
  const organisations = await database
    .selectFrom('memberships')
    .innerJoin('organisations', 'organisations.organisationId', 'memberships.organisationId')
    .select(['organisations.organisationId', 'organisations.name', 'memberships.role'])
    .where('memberships.accountId', '=', accountId)
    .orderBy('organisations.organisationId')
    .execute();
  return { ...account, organisations };
}

/**
 * Found an organisation with its first owner.
 * @throws {AppError} `NAME_TAKEN`
 */
export async function insertOrganisation(
  database: Database,
  organisation: { readonly organisationId: string; readonly name: string },
  ownerId: string,
): Promise<void> {
  try {
    await database.transaction().execute(async (transaction) => {
      await transaction.insertInto('organisations').values(organisation).execute();
      await transaction
        .insertInto('memberships')
        .values({ organisationId: organisation.organisationId, accountId: ownerId, role: 'owner' })
        .execute();
    });
  } catch (error) {
    if (isUniqueViolation(error)) {
      throw serviceErrors.error('NAME_TAKEN', { what: 'organisation', name: organisation.organisationId });
    }
    throw error;
  }
}

/**
 * Give an account a role, or another one.
 * @throws {AppError} `ACCOUNT_UNKNOWN`; `LAST_OWNER` rather than leave the organisation without one.
 */
export async function setMembership(
  database: Database,
  organisationId: string,
  email: string,
  role: Role,
): Promise<void> {
  const member = await findByEmail(database, email);
  if (member === undefined) throw serviceErrors.error('ACCOUNT_UNKNOWN', { email });
  await database.transaction().execute(async (transaction) => {
    const owners = await transaction
      .selectFrom('memberships')
      .select('accountId')
      .where('organisationId', '=', organisationId)
      .where('role', '=', 'owner')
      .forUpdate()
      .execute();
    const isOnlyOwner = owners.length === 1 && owners[0]?.accountId === member.accountId;
    if (isOnlyOwner && role !== 'owner') throw serviceErrors.error('LAST_OWNER');
    await transaction
      .insertInto('memberships')
      .values({ organisationId, accountId: member.accountId, role })
      .onConflict((conflict) => conflict.columns(['organisationId', 'accountId']).doUpdateSet({ role }))
      .execute();
  });
}

function normaliseEmail(email: string): string {
  return email.trim().toLowerCase();
}
