import { z } from 'zod';
import type { ApiClient } from '../../backend/api/client.ts';
import { installOutcomeSchema } from '../../backend/api/contract.ts';
import { isPassing } from '../failure.ts';
import type { PatchJob } from './patcher-port.ts';
import type { Document } from '../profile/document.ts';

/** How installs ended, waiting to be told to the service; each is sent once, under its own key. */
export const pendingOutcomesSchema = z.array(z.object({ key: z.string(), outcome: installOutcomeSchema }));
export type PendingOutcomes = z.infer<typeof pendingOutcomesSchema>;
type Outcome = z.infer<typeof installOutcomeSchema>;

/** Older ones are dropped beyond this: statistics are not worth an endless file on a machine that is never online. */
const PENDING_MAX = 200;

/** What the service counts a job as. */
export function deliveryReasonOf(reason: PatchJob['reason']): Outcome['reason'] {
  if (reason === 'adopt' || reason === 'move') return 'install';
  if (reason === 'roll-back') return 'update';
  return reason === 'verify' ? 'repair' : reason;
}

export interface OutcomeReporter {
  readonly report: (outcome: Outcome) => Promise<void>;
  /** Send what waits; called when the service can be reached again. */
  readonly flush: () => Promise<void>;
}

export function createOutcomeReporter(
  api: Pick<ApiClient, 'reportOutcome'>,
  pending: Document<PendingOutcomes>,
): OutcomeReporter {
  let flushing: Promise<void> | undefined;

  const sendAll = async () => {
    for (let next = pending.get()[0]; next !== undefined; next = pending.get()[0]) {
      const { key, outcome } = next;
      try {
        await api.reportOutcome({ body: outcome, idempotencyKey: key });
      } catch (error) {
        // Signed out counts as waiting too; anything else the service will never take, so it must not block the rest.
        if (isPassing(error) || isAuth(error)) return;
      }
      await pending.update((all) => all.filter((each) => each.key !== key));
    }
  };
  const flush = () => {
    flushing ??= sendAll().finally(() => {
      flushing = undefined;
    });
    return flushing;
  };
  return {
    flush,
    report: async (outcome) => {
      const key = crypto.randomUUID();
      await pending.update((all) => [...all, { key, outcome }].slice(-PENDING_MAX));
      await flush();
    },
  };
}

function isAuth(error: unknown): boolean {
  return error instanceof Error && 'family' in error && error.family === 'auth';
}
