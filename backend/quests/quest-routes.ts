import type { RegisterRoute } from '../api/route-call.ts';
import { runOnce } from '../db/idempotency.ts';
import type { GameTokens } from './game-tokens.ts';
import { beat, beginPlay, type PlayServices } from './play-sessions.ts';
import { listQuests, offerQuest } from './quest-progress.ts';
import { claimReward, readRewards } from './rewards.ts';

export interface QuestServices extends PlayServices {
  readonly gameTokens: GameTokens;
}

export function questRoutes(registerRoute: RegisterRoute, services: QuestServices): void {
  playRoutes(registerRoute, services);
  rewardRoutes(registerRoute, services);
}

function playRoutes(registerRoute: RegisterRoute, services: QuestServices): void {
  const { gameTokens, heartbeatSeconds } = services;

  registerRoute('beginPlay', async ({ account, body: { buildId } }) => {
    const { accountId } = account;
    const begun = await beginPlay(services, accountId, buildId);
    const { gameId, playSessionId } = begun;
    const gameToken = await gameTokens.issue({ accountId, gameId, playSessionId, buildId });
    return { ...begun, buildId, heartbeatSeconds, gameToken };
  });

  registerRoute('heartbeat', async ({ account, params, body }) => ({
    ...(await beat(services, { ...params, ...body, accountId: account.accountId })),
    heartbeatSeconds,
  }));

  registerRoute('endPlay', async ({ account, params, body: { exitCode, ...body } }) => {
    const { countedSeconds } = await beat(services, {
      ...params,
      ...body,
      accountId: account.accountId,
      end: { exitCode },
    });
    return { countedSeconds };
  });

  registerRoute('gameTokenKeys', async () => ({ keys: gameTokens.publicKeys.map((key) => ({ ...key })) }));
}

function rewardRoutes(registerRoute: RegisterRoute, { database, now }: QuestServices): void {
  registerRoute('createQuest', async ({ account, params, body }) =>
    offerQuest(database, { ...body, gameId: params.gameId }, account.accountId),
  );

  registerRoute('quests', async ({ account }) => ({ quests: await listQuests(database, account.accountId) }));

  registerRoute('claimQuest', async ({ account, params, idempotencyKey }) => {
    const { accountId } = account;
    return await runOnce(
      database,
      { accountId, key: idempotencyKey, route: 'claimQuest', body: params },
      async (transaction) => claimReward(transaction, { accountId, questId: params.questId, at: now() }),
    );
  });

  registerRoute('rewards', async ({ account }) => readRewards(database, account.accountId));
}
