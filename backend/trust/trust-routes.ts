import { gameKeysOf } from '../../patcher/trust/compose-documents.ts';
import { roleOfGame } from '../../patcher/trust/game-targets.ts';
import type { RegisterRoute } from '../api/route-call.ts';
import { listChannels } from '../catalogue/build-store.ts';
import { TRUST_PREFIX } from './announce.ts';
import { changeGameKeys, takeDelegations } from './delegate-game.ts';
import { type PublishServices, publishGame } from './publish-game.ts';
import { replaceRoot } from './take-root.ts';
import { readRecord, readRoot } from './trust-store.ts';

export interface TrustRouteServices extends PublishServices {
  /** The CDN's address, without a trailing slash. */
  readonly cdnUrl: string;
}

export function trustRoutes(registerRoute: RegisterRoute, services: TrustRouteServices): void {
  const { database } = services;

  registerRoute('trust', async () => {
    const root = await readRoot(database);
    return {
      metadataUrl: `${services.cdnUrl}/${TRUST_PREFIX}`,
      rootVersion: root.signed.version,
      root: root.bytes.toString(),
    };
  });

  registerRoute('gameTrust', async ({ tenant, params }) => {
    const { organisationId } = tenant;
    const targets = await readRecord(database, organisationId, 'targets');
    const record = await readRecord(database, organisationId, roleOfGame(params.gameId));
    const keys = targets === undefined ? [] : (gameKeysOf(targets.signed).get(params.gameId) ?? []);
    return {
      organisationId,
      keys: keys.map((key) => key.keyval.public),
      document: record?.bytes.toString() ?? null,
      targets: targets?.bytes.toString() ?? null,
    };
  });

  registerRoute('publishGame', async ({ account, tenant, params, body }) => {
    await publishGame(services, {
      organisationId: tenant.organisationId,
      gameId: params.gameId,
      accountId: account.accountId,
      document: Buffer.from(body.document),
    });
    return { channels: await listChannels(database, [params.gameId]) };
  });

  registerRoute('changeGameKeys', async ({ tenant, params, body }) => {
    await changeGameKeys(services, {
      ...body,
      organisationId: tenant.organisationId,
      gameId: params.gameId,
    });
  });

  registerRoute('takeDelegations', async ({ params, body }) => {
    await takeDelegations(services, { organisationId: params.organisationId, ...body });
  });

  registerRoute('replaceRoot', async ({ body }) => replaceRoot(services, Buffer.from(body.document)));
}
