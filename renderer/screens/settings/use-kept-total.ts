import { useEffect, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { readKept, useLibrary } from '../../state/library-slice.ts';

export interface KeptTotal {
  readonly count: number;
  readonly bytes: number;
}

/** What previous versions take on disk now; null while that is not known of every game, or nothing is kept. */
export function useKeptTotal(): KeptTotal | null {
  const gameIds = useLibrary(
    useShallow(({ games }) =>
      games
        .filter(({ install }) => install.status === 'installed' && install.previous !== null)
        .map(({ gameId }) => gameId),
    ),
  );
  const [total, setTotal] = useState<KeptTotal | null>(null);
  useEffect(() => {
    let over = false;
    const ask = async (): Promise<void> => {
      const answers = await Promise.all(gameIds.map((gameId) => readKept(gameId)));
      if (over) return;
      const sizes = answers.flatMap((answer) => (answer.ok && answer.value !== null ? [answer.value] : []));
      const known = sizes.length > 0 && answers.every(({ ok }) => ok);
      const bytes = sizes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      setTotal(known ? { count: sizes.length, bytes } : null);
    };
    void ask();
    return () => {
      over = true;
    };
  }, [gameIds]);
  return total;
}
