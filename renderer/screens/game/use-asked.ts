import { useState } from 'react';
import type { Answer, Failure } from '../../../preload/contract.ts';

interface Asked<Arguments extends unknown[]> {
  readonly busy: boolean;
  /** Why main refused the last time; null while it has not. */
  readonly failure: Failure | null;
  readonly ask: (...values: Arguments) => Promise<void>;
}

/** One thing asked of main at a time: what it refuses stays here to be shown, what it takes goes on with `onDone`. */
export function useAsked<Value, Arguments extends unknown[]>(
  request: (...values: Arguments) => Promise<Answer<Value>>,
  onDone: (value: Value) => void,
): Asked<Arguments> {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const ask = async (...values: Arguments): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    const answer = await request(...values);
    setBusy(false);
    if (answer.ok) onDone(answer.value);
    else setFailure(answer.error);
  };
  return { busy, failure, ask };
}
