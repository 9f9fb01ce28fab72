import { randomUUID } from 'node:crypto';
import type { RegisterRoute } from '../api/route-call.ts';
import {
  findInstallableBuild,
  listChannels,
  listPatches,
  listReceivablePatches,
} from '../catalogue/build-store.ts';
import { toGames } from '../catalogue/game-store.ts';
import { listInstallableGames } from '../catalogue/player-access.ts';
import type { Database } from '../db/database.ts';
import { runOnce } from '../db/idempotency.ts';
import type { Signer } from '../delivery/signer.ts';
import { serviceErrors } from '../errors.ts';
import { findChain } from '../patches/find-chain.ts';

export interface GrantServices {
  readonly database: Database;
  readonly signer: Signer;
  readonly now: () => Date;
}

/** What players ask for: their games, where a build's bytes are, the right to read them, and how it went. */
export function grantRoutes(registerRoute: RegisterRoute, services: GrantServices): void {
  const { database, signer, now } = services;

  registerRoute('library', async ({ account }) => {
    const rows = await listInstallableGames(database, account.accountId);
    const games = await toGames(database, rows);
    const channels = await listChannels(
      database,
      games.map((game) => game.gameId),
    );
    const withDepots = games.map((game) => {
      const own = channels.filter((channel) => channel.gameId === game.gameId);
      const depots = [...new Set(own.map((channel) => channel.depot))].map((depot) => ({
        depot,
        channels: own.filter((channel) => channel.depot === depot),
      }));
      return { ...game, depots };
    });
    // A game nobody can install yet is the publisher's business.
    return { games: withDepots.filter((game) => game.depots.length > 0) };
  });

  registerRoute('delivery', async ({ account, params, query }) => {
    const build = await requireBuild(database, account.accountId, params.buildId, 'build');
    const { oldBuildId } = query;
    if (oldBuildId === undefined) return { build, patches: [], chains: [] };
    const patches = await listPatches(database, [build.buildId], oldBuildId);
    // What a patch holds of a build is as little for everybody's eyes as the build itself.
    const between = await listReceivablePatches(database, account.accountId, build.depotId);
    const chain = findChain(between, { oldBuildId, newBuildId: build.buildId });
    return { build, patches, chains: chain.length === 0 ? [] : [chain] };
  });

  registerRoute('grant', async ({ account, body }) => {
    const build = await requireBuild(database, account.accountId, body.buildId, 'build');
    if (body.oldBuildId !== null)
      await requireOldBuild(services, account.accountId, body.oldBuildId, build.depotId);
    const grantId = randomUUID();
    const grant = signer.sign({ grantId, gameId: build.gameId, depot: build.depot });
    // The record comes first: a right that nobody could trace is never handed out.
    await database
      .insertInto('grants')
      .values({
        grantId,
        accountId: account.accountId,
        depotId: build.depotId,
        buildId: build.buildId,
        oldBuildId: body.oldBuildId,
        reason: body.reason,
        createdAt: now(),
        expiresAt: grant.expiresAt,
      })
      .execute();
    return {
      grantId,
      gameId: build.gameId,
      depot: build.depot,
      baseUrl: grant.baseUrl,
      query: grant.query,
      mirrors: [...grant.mirrors],
      expiresAt: grant.expiresAt.toISOString(),
    };
  });

  registerRoute('reportOutcome', async ({ account, body, idempotencyKey }) => {
    const build = await requireBuild(database, account.accountId, body.buildId, 'build');
    if (build.gameId !== body.gameId || build.depot !== body.depot) {
      throw serviceErrors.error('NOT_FOUND', { what: 'build in this depot' });
    }
    if (body.oldBuildId !== null)
      await requireOldBuild(services, account.accountId, body.oldBuildId, build.depotId);
    const request = { accountId: account.accountId, key: idempotencyKey, route: 'reportOutcome', body };
    await runOnce(database, request, async (transaction) => {
      await transaction
        .insertInto('installOutcomes')
        .values({
          accountId: account.accountId,
          depotId: build.depotId,
          buildId: body.buildId,
          oldBuildId: body.oldBuildId,
          reason: body.reason,
          outcome: body.outcome,
          route: body.route,
          downloadedBytes: body.downloadedBytes,
          durationMs: body.durationMs,
          errorCode: body.errorCode ?? null,
          createdAt: now(),
        })
        .execute();
    });
  });
}

/** @throws {AppError} `NOT_FOUND` for a build that is not there or not for this player. */
async function requireBuild(database: Database, accountId: string, buildId: number, what: string) {
  const build = await findInstallableBuild(database, accountId, buildId);
  if (build === undefined) throw serviceErrors.error('NOT_FOUND', { what });
  return build;
}

async function requireOldBuild(
  { database }: GrantServices,
  accountId: string,
  oldBuildId: number,
  depotId: number,
): Promise<void> {
  const old = await requireBuild(database, accountId, oldBuildId, 'old build');
  if (old.depotId !== depotId) throw serviceErrors.error('NOT_FOUND', { what: 'old build in this depot' });
}
