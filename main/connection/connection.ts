import type { ApiClient, CallOptions } from '../../backend/api/client.ts';
import type { RouteName } from '../../backend/api/contract.ts';
import type { ConnectionState } from '../../preload/contract.ts';
import { type Clock, toTimestamp } from '../clock.ts';
import { classifyFailure } from './classify-failure.ts';
import type { StateStore } from '../state/state-store.ts';

export interface ConnectionPorts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly serviceUrl: string;
}

export interface Connection {
  /** The same client, whose every answer tells how the connection stands. */
  readonly watch: (api: ApiClient) => ApiClient;
  /** While unreachable, asks the service's health now and then. */
  readonly start: (api: Pick<ApiClient, 'health'>) => void;
  readonly onOnline: (listener: () => void) => void;
  readonly close: () => void;
}

/** First and last wait between two looks for a lost service; each is drawn at random up to its bound (full jitter). */
const PROBE_FIRST_MS = 2_000;
const PROBE_LAST_MS = 60_000;

/** Whether the service answers, told by the calls that are made anyway; only while it does not, by probing. */
export function createConnection(ports: ConnectionPorts): Connection {
  const listeners = new Set<() => void>();
  let boundMs = PROBE_FIRST_MS;
  let cancelProbe: (() => void) | undefined;
  let probe: (() => void) | undefined;

  const become = (status: ConnectionState['status']) => {
    const before = ports.state.get('connection');
    const lastOnlineAt =
      status === 'online' && before.status !== 'online'
        ? toTimestamp(ports.clock.now())
        : before.lastOnlineAt;
    ports.state.set('connection', { ...before, status, lastOnlineAt });
    if (status !== 'online') return scheduleProbe();
    boundMs = PROBE_FIRST_MS;
    cancelProbe?.();
    cancelProbe = undefined;
    if (before.status !== 'online') for (const listener of listeners) listener();
  };

  const scheduleProbe = () => {
    if (cancelProbe !== undefined || probe === undefined) return;
    cancelProbe = ports.clock.after(Math.random() * boundMs, () => {
      cancelProbe = undefined;
      boundMs = Math.min(boundMs * 2, PROBE_LAST_MS);
      probe?.();
    });
  };

  const observe = async <Value>(call: Promise<Value>): Promise<Value> => {
    try {
      const value = await call;
      become('online');
      return value;
    } catch (error) {
      const status = classifyFailure(error);
      if (status !== null) become(status);
      throw error;
    }
  };

  return {
    watch: (api) => {
      const wrapped = Object.entries(api).map(([name, method]) => {
        const call = method as (argument: never, options?: CallOptions) => Promise<unknown>;
        return [
          name,
          (argument: never, options?: CallOptions) => observe(call(argument, options)),
        ] satisfies [string, unknown];
      });
      return Object.fromEntries(wrapped) as Pick<ApiClient, RouteName>;
    },
    start: (api) => {
      // The outcome is in the state already; a failed probe schedules the next.
      probe = () => void api.health({}).catch(() => scheduleProbe());
      if (ports.state.get('connection').status !== 'online') scheduleProbe();
    },
    onOnline: (listener) => void listeners.add(listener),
    close: () => {
      cancelProbe?.();
      cancelProbe = undefined;
      probe = undefined;
      listeners.clear();
    },
  };
}
