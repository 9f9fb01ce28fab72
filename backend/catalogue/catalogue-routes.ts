import { findByEmail } from '../accounts/account-store.ts';
import type { RegisterRoute } from '../api/route-call.ts';
import type { Database } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { artRoutes } from './art-routes.ts';
import { listBuilds, listChannels, listPatches } from './build-store.ts';
import { insertGame, listMemberGames, readGame, updateGame } from './game-store.ts';

export interface CatalogueServices {
  readonly database: Database;
  readonly store: ObjectStore;
}

export function catalogueRoutes(registerRoute: RegisterRoute, services: CatalogueServices): void {
  gameRoutes(registerRoute, services);
  artRoutes(registerRoute, services);
  buildRoutes(registerRoute, services);
}

function gameRoutes(registerRoute: RegisterRoute, { database }: CatalogueServices): void {
  registerRoute('createGame', async ({ tenant, body }) => insertGame(database, tenant.organisationId, body));

  registerRoute('updateGame', async ({ tenant, params, body }) =>
    updateGame(database, tenant.organisationId, params.gameId, body),
  );

  registerRoute('games', async ({ account }) => ({
    games: await listMemberGames(database, account.accountId),
  }));

  registerRoute('game', async ({ tenant, params }) =>
    readGame(database, tenant.organisationId, params.gameId),
  );

  registerRoute('entitle', async ({ account, params, body }) => {
    const player = await findByEmail(database, body.email);
    if (player === undefined) throw serviceErrors.error('ACCOUNT_UNKNOWN', { email: body.email });
    await database
      .insertInto('entitlements')
      .values({ gameId: params.gameId, accountId: player.accountId, grantedBy: account.accountId })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

function buildRoutes(registerRoute: RegisterRoute, { database }: CatalogueServices): void {
  registerRoute('builds', async ({ params, query }) => {
    const builds = await listBuilds(database, params.gameId, query);
    const buildIds = builds.map((build) => build.buildId);
    return { builds, patches: await listPatches(database, buildIds) };
  });

  registerRoute('channels', async ({ params }) => ({
    channels: await listChannels(database, [params.gameId]),
  }));
}
