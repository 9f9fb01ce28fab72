import type { LibraryState } from '../../preload/contract.ts';
import type { Clock } from '../clock.ts';

/** The two builds an update leads between. */
export interface BuildPair {
  readonly gameId: string;
  readonly oldBuildId: number;
  readonly newBuildId: number;
}

/** What the updates that wait would download, known from their plans. */
export interface UpdateSizes {
  /** Bytes; null while no plan of this pair is known. */
  readonly get: (pair: BuildPair) => number | null;
  /** Remember what a plan said. */
  readonly learn: (pair: BuildPair, downloadBytes: number) => void;
  /** Plan the updates whose size is not known, or was long ago, one after another. Never rejects. */
  readonly consider: () => Promise<void>;
}

export interface UpdateSizesPorts {
  readonly clock: Clock;
  readonly library: () => LibraryState;
  /** Plan a game's update and {@link UpdateSizes.learn} its size. */
  readonly plan: (gameId: string) => Promise<unknown>;
  /** A size became known. */
  readonly onChange: () => void;
}

/** A plan gets smaller when the service has made a patch, and one that failed may succeed: both are asked for again after this long. */
const PLAN_AGE_MAX_MS = 10 * 60 * 1000;

export function createUpdateSizes({ clock, library, plan, onChange }: UpdateSizesPorts): UpdateSizes {
  const known = new Map<string, number>();
  const triedAt = new Map<string, number>();
  let planning: Promise<void> | undefined;
  let lookAgain = false;

  const learn = (pair: BuildPair, downloadBytes: number) => {
    const key = keyOf(pair);
    triedAt.set(key, clock.now());
    if (known.get(key) === downloadBytes) return;
    known.set(key, downloadBytes);
    onChange();
  };

  const isDue = (pair: BuildPair) => {
    const at = triedAt.get(keyOf(pair));
    return at === undefined || clock.now() - at >= PLAN_AGE_MAX_MS;
  };

  const planDue = async () => {
    for (let pair = waitingUpdates(library()).find(isDue); pair !== undefined; ) {
      triedAt.set(keyOf(pair), clock.now());
      try {
        await plan(pair.gameId);
      } catch {
        // Its size stays unknown, which is what is shown; the game's page plans too and says why it cannot.
      }
      pair = waitingUpdates(library()).find(isDue);
    }
  };

  const run = async () => {
    while (lookAgain) {
      lookAgain = false;
      await planDue();
    }
    // In the same step as the last look, so that nobody joins work that is over.
    planning = undefined;
  };

  return {
    learn,
    get: (pair) => known.get(keyOf(pair)) ?? null,
    consider: () => {
      lookAgain = true;
      planning ??= run();
      return planning;
    },
  };
}

/** What the player may update now; a game whose update is queued shows its download instead. */
function waitingUpdates({ status, games }: LibraryState): BuildPair[] {
  if (status !== 'ready') return [];
  return games.flatMap(({ gameId, action, install, latest }) =>
    action === 'update' && install.status === 'installed' && latest !== null
      ? [{ gameId, oldBuildId: install.build.buildId, newBuildId: latest.buildId }]
      : [],
  );
}

function keyOf({ gameId, oldBuildId, newBuildId }: BuildPair): string {
  return `${gameId} ${oldBuildId} ${newBuildId}`;
}
