import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { ApiClient } from '../../backend/api/client.ts';
import type { Quest as ServiceQuest } from '../../backend/api/contract.ts';
import { questsStateSchema, type Receipt } from '../../preload/contract.ts';
import { toAppError, toFailure } from '../failure.ts';
import { launcherErrors } from '../launcher-errors.ts';
import type { Document } from '../profile/document.ts';
import type { StateStore } from '../state/state-store.ts';

/** What the service last said, shown while it cannot be asked. */
export const questCacheSchema = questsStateSchema
  .pick({ quests: true, balancePoints: true, history: true })
  .nullable();
export type QuestCache = z.infer<typeof questCacheSchema>;

export interface QuestPorts {
  readonly api: Pick<ApiClient, 'quests' | 'rewards' | 'claimQuest'>;
  readonly cache: Document<QuestCache>;
  readonly state: StateStore;
}

export interface QuestService {
  /** Show what is cached, before the service is asked. */
  readonly showCached: () => void;
  readonly refresh: () => Promise<void>;
  readonly claim: (questId: string) => Promise<Receipt>;
  readonly forget: () => Promise<void>;
}

export function createQuests(ports: QuestPorts): QuestService {
  const refresh = async () => {
    try {
      const [{ quests }, rewards] = await Promise.all([ports.api.quests({}), ports.api.rewards({})]);
      const { balancePoints, history } = rewards;
      const known = { quests: quests.map(toBridgeQuest), balancePoints, history };
      ports.state.set('quests', { status: 'ready', ...known, failure: null });
      await ports.cache.update(() => known);
    } catch (error) {
      const before = ports.state.get('quests');
      ports.state.set('quests', { ...before, status: 'stale', failure: toFailure(error) });
      throw error;
    }
  };

  return {
    refresh,
    showCached: () => {
      const known = ports.cache.get();
      if (known !== null) ports.state.set('quests', { status: 'stale', ...known, failure: null });
    },
    forget: async () => {
      ports.state.set('quests', {
        status: 'loading',
        quests: [],
        balancePoints: 0,
        history: [],
        failure: null,
      });
      await ports.cache.update(() => null);
    },
    claim: async (questId) => {
      const quest = ports.state.get('quests').quests.find((each) => each.questId === questId);
      if (quest === undefined) throw launcherErrors.error('QUEST_UNKNOWN', { questId });
      const receipt = await ports.api.claimQuest({
        params: { questId },
        idempotencyKey: claimKey(ports.state, questId),
      });
      await refreshQuietly(refresh);
      const { title: questTitle, gameId } = quest;
      const { receiptId, points, claimedAt: at } = receipt;
      return { receiptId, questId, questTitle, gameId, points, at };
    },
  };
}

function toBridgeQuest(quest: ServiceQuest) {
  const { questId, gameId, gameTitle, title, description, targetSeconds, progressSeconds } = quest;
  const { rewardPoints, state, completedAt, claimedAt } = quest;
  return {
    questId,
    gameId,
    gameTitle,
    title,
    description,
    targetSeconds,
    progressSeconds,
    rewardPoints,
    state,
    completedAt,
    claimedAt,
  };
}

/** The same player claiming the same quest is the same act, however often it is sent. */
function claimKey(state: StateStore, questId: string): string {
  const session = state.get('session');
  const accountId = session.status === 'signed-in' ? session.accountId : '';
  return createHash('sha256').update(`claim\0${accountId}\0${questId}`).digest('hex');
}

/** The claim itself succeeded: a refresh that cannot reach the service only leaves the list stale, which the state says. */
async function refreshQuietly(refresh: () => Promise<void>): Promise<void> {
  try {
    await refresh();
  } catch (error) {
    toAppError(error);
  }
}
