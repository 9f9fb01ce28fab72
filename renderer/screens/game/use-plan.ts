import { useEffect, useState } from 'react';
import type { Failure, InstallPlan, LibraryGame } from '../../../preload/contract.ts';
import { planInstall } from '../../state/library-slice.ts';

export type PlanState =
  /** The game's verb moves no bytes, so there is nothing to plan. */
  | { readonly status: 'none' }
  | { readonly status: 'planning' }
  | { readonly status: 'planned'; readonly plan: InstallPlan }
  | { readonly status: 'failed'; readonly failure: Failure; readonly retry: () => void };

type Reason = Extract<InstallPlan['reason'], 'install' | 'update'>;

/** A repair is not planned: what it fetches is only known once it has read every file again. */
const isPlanned = (action: LibraryGame['action']): action is Reason =>
  action === 'install' || action === 'update';

interface Settled {
  readonly key: string;
  readonly outcome: { readonly plan: InstallPlan } | { readonly failure: Failure };
}

/** Ask main what the game's verb would need, again whenever the build or the verb changes. */
export function usePlan(game: LibraryGame): PlanState {
  const reason = isPlanned(game.action) ? game.action : null;
  const [attempt, setAttempt] = useState(0);
  const [settled, setSettled] = useState<Settled | null>(null);
  const { gameId, latest, channel } = game;
  const key = [gameId, reason, latest?.buildId, channel, attempt].join(' ');
  useEffect(() => {
    if (reason === null) return;
    let over = false;
    const ask = async (): Promise<void> => {
      const answer = await planInstall({ gameId, reason });
      if (over) return;
      setSettled({ key, outcome: answer.ok ? { plan: answer.value } : { failure: answer.error } });
    };
    void ask();
    return () => {
      over = true;
    };
  }, [gameId, reason, key]);
  if (reason === null) return { status: 'none' };
  if (settled === null || settled.key !== key) return { status: 'planning' };
  if ('plan' in settled.outcome) return { status: 'planned', plan: settled.outcome.plan };
  const retry = (): void => setAttempt(attempt + 1);
  return { status: 'failed', failure: settled.outcome.failure, retry };
}
