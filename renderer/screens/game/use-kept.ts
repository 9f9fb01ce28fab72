import { useEffect, useState } from 'react';
import type { Failure } from '../../../preload/contract.ts';
import { readKept } from '../../state/library-slice.ts';

/** What is known of the files of the version before the installed one. */
export type Kept =
  | { readonly status: 'reading' }
  | { readonly status: 'kept'; readonly sizeBytes: number }
  | { readonly status: 'gone' }
  | { readonly status: 'failed'; readonly failure: Failure; readonly retry: () => void };

interface Settled {
  readonly key: string;
  readonly kept: { readonly sizeBytes: number } | null | Failure;
}

/** Ask main whether going back would find its files here, again whenever either build changes. */
export function useKept(gameId: string, buildId: number, previousId: number | null): Kept {
  const [attempt, setAttempt] = useState(0);
  const [settled, setSettled] = useState<Settled | null>(null);
  const key = [gameId, buildId, previousId, attempt].join(' ');
  useEffect(() => {
    if (previousId === null) return;
    let over = false;
    const ask = async (): Promise<void> => {
      const answer = await readKept(gameId);
      if (!over) setSettled({ key, kept: answer.ok ? answer.value : answer.error });
    };
    void ask();
    return () => {
      over = true;
    };
  }, [gameId, previousId, key]);
  if (settled === null || settled.key !== key) return { status: 'reading' };
  const { kept } = settled;
  if (kept === null) return { status: 'gone' };
  if ('code' in kept) return { status: 'failed', failure: kept, retry: () => setAttempt(attempt + 1) };
  return { status: 'kept', sizeBytes: kept.sizeBytes };
}
