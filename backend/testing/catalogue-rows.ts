import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../db/database.ts';

export interface TestBuildRows {
  readonly accountId: string;
  readonly organisationId: string;
  readonly gameId: string;
  readonly depotId: number;
  readonly buildId: number;
}

/** Rows of an owner with an organisation, a game and one build, for tests that need no bytes behind them. */
export async function insertTestBuild(
  database: Database,
  { access }: { readonly access: 'free' | 'entitled' },
): Promise<TestBuildRows> {
  const name = randomBytes(5).toString('hex');
  const accountId = randomUUID();
  const organisationId = `studio-${name}`;
  const gameId = `game-${name}`;
  await database
    .insertInto('accounts')
    .values({ accountId, email: `${name}@example.com`, displayName: name, passwordHash: 'no password' })
    .execute();
  await database.insertInto('organisations').values({ organisationId, name }).execute();
  await database.insertInto('memberships').values({ organisationId, accountId, role: 'owner' }).execute();
  await database
    .insertInto('games')
    .values({
      gameId,
      organisationId,
      title: name,
      studio: '',
      tagline: '',
      description: '',
      tags: [],
      accentColour: '#5CCFE6',
      access,
    })
    .execute();
  const { depotId } = await database
    .insertInto('depots')
    .values({ gameId, depot: 'web' })
    .returning('depotId')
    .executeTakeFirstOrThrow();
  const { buildId } = await database
    .insertInto('builds')
    .values({
      depotId,
      version: '1.0',
      notes: '',
      manifestSha256: randomBytes(32).toString('hex'),
      manifestSizeBytes: 1,
      sizeBytes: 1,
      files: 1,
      downloadBytes: 1,
      createdBy: accountId,
      createdAt: new Date(),
    })
    .returning('buildId')
    .executeTakeFirstOrThrow();
  return { accountId, organisationId, gameId, depotId, buildId };
}
