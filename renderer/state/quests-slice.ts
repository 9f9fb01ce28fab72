import type { Quest, QuestsState } from '../../preload/contract.ts';
import { request } from './bridge.ts';
import { createMirrorStore } from './mirror-store.ts';
import { report } from './notices.ts';

export const useQuests = createMirrorStore<QuestsState>({
  status: 'loading',
  quests: [],
  balancePoints: 0,
  history: [],
  failure: null,
});

/** 0 to 1. */
export const questProgress = (quest: Quest): number =>
  quest.state === 'completed' || quest.state === 'claimed'
    ? 1
    : Math.min(1, quest.progressSeconds / quest.targetSeconds);

/** Quests in progress that need the least playing, nearest first; at most `countMax`. */
export function nearlyDone(quests: readonly Quest[], countMax: number): Quest[] {
  return quests
    .filter((quest) => quest.state === 'in-progress' || quest.state === 'completed')
    .sort((a, b) => questProgress(b) - questProgress(a))
    .slice(0, countMax);
}

export const refreshQuests = () => report(request('quest:refresh', {}));

export const claimReward = (questId: string) => request('quest:claim', { questId });
