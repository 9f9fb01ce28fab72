import { setTimeout as delay } from 'node:timers/promises';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts';

export interface SupervisedPostgres {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** A server that dies at once again must not be started in a tight circle. */
const RESTART_DELAY_MS = 1_000;

/**
 * As {@link startEmbeddedPostgres}, and started again at the same address when it ends by itself: out of memory,
 * killed by mistake. Until then queries fail as they do with any database that is down.
 * @param onEnded Told each time, and of each restart that failed.
 */
export async function startSupervisedPostgres(
  options: EmbeddedPostgresOptions,
  onEnded: (error: unknown) => void,
): Promise<SupervisedPostgres> {
  const stopping = new AbortController();
  let server = await startEmbeddedPostgres(options);
  const { url } = server;
  const supervision = supervise();
  return {
    url,
    stop: async () => {
      stopping.abort();
      await server.stop();
      await supervision;
    },
  };

  async function supervise(): Promise<void> {
    for (;;) {
      await server.exited;
      if (stopping.signal.aborted) return;
      onEnded(new Error('Postgres ended by itself and is started again'));
      const next = await restart();
      if (next === undefined) return;
      server = next;
      // It may have been told to stop while it started.
      if (stopping.signal.aborted) return server.stop();
    }
  }

  async function restart(): Promise<EmbeddedPostgres | undefined> {
    while (!stopping.signal.aborted) {
      await delay(RESTART_DELAY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return undefined;
      try {
        return await startEmbeddedPostgres({ ...options, port: Number(new URL(url).port) });
      } catch (error) {
        onEnded(error);
      }
    }
    return undefined;
  }
}
