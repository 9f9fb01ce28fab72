import { randomBytes } from 'node:crypto';
import { insertAccount, insertOrganisation } from '../accounts/account-store.ts';
import type { Passwords } from '../accounts/passwords.ts';
import type { Database } from '../db/database.ts';

/** The first account and its organisation. */
export interface Bootstrap {
  readonly organisationId: string;
  readonly organisationName: string;
  readonly email: string;
  readonly displayName: string;
  readonly password: string;
}

const DEFAULTS = {
  organisationId: 'home',
  organisationName: 'Home',
  email: 'owner@gantry.local',
  displayName: 'Owner',
} as const;

/**
 * Give an empty database its first organisation and owner.
 * @param wanted What is not said gets a default; the password a random one.
 * @returns what was made, password included, or undefined where there are accounts already.
 */
export async function bootstrap(
  database: Database,
  passwords: Passwords,
  wanted: Partial<Bootstrap> = {},
): Promise<Bootstrap | undefined> {
  const someone = await database.selectFrom('accounts').select('accountId').limit(1).executeTakeFirst();
  if (someone !== undefined) return undefined;
  const first = { ...DEFAULTS, password: randomBytes(15).toString('base64url'), ...wanted };
  const accountId = await insertAccount(database, {
    email: first.email,
    displayName: first.displayName,
    passwordHash: await passwords.hash(first.password),
  });
  const { organisationId, organisationName } = first;
  await insertOrganisation(database, { organisationId, name: organisationName }, accountId);
  return first;
}
