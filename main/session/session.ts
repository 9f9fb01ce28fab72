import { z } from 'zod';
import type { ApiClient } from '../../backend/api/client.ts';
import type { Session as ServiceSession } from '../../backend/api/contract.ts';
import type { SessionState } from '../../preload/contract.ts';
import type { Clock } from '../clock.ts';
import { isPassing, toAppError, toFailure } from '../failure.ts';
import { launcherErrors } from '../launcher-errors.ts';
import type { Document } from '../profile/document.ts';
import { lockProfile } from '../profile/profile-lock.ts';
import type { StateStore } from '../state/state-store.ts';
import type { SecretStore } from './secret-store.ts';

/** Who is signed in, kept so that the library opens offline. No secret. */
export const storedAccountSchema = z
  .object({ serviceUrl: z.string(), accountId: z.string(), email: z.string(), displayName: z.string() })
  .nullable();
export type StoredAccount = z.infer<typeof storedAccountSchema>;

export interface SessionPorts {
  /** Calls without an access token. */
  readonly api: Pick<ApiClient, 'login' | 'register' | 'refresh' | 'logout'>;
  readonly serviceUrl: string;
  readonly profileFolder: string;
  readonly secrets: SecretStore;
  readonly account: Document<StoredAccount>;
  readonly clock: Clock;
  readonly state: StateStore;
  /** Shown in the player's list of sessions. */
  readonly device: string;
}

export interface SessionService {
  /** Look for a stored session; offline, a known player stays signed in. */
  readonly restore: () => Promise<void>;
  readonly signIn: (credentials: { email: string; password: string }) => Promise<void>;
  readonly register: (account: { email: string; password: string; displayName: string }) => Promise<void>;
  readonly signOut: () => Promise<void>;
  /**
   * A token that is good for at least another minute, renewed when needed, once for all who wait.
   * @throws {AppError} `SESSION_SIGNED_OUT`, `SESSION_EXPIRED`, or why the service cannot be reached.
   */
  readonly accessToken: () => Promise<string>;
}

/** Renewed this long before it ends, so that a token never ends on its way to the service. */
const RENEW_BEFORE_MS = 60_000;
/** Another process of the same profile renews in well under this; then its lock counts as stuck. */
const LOCK_WAIT_MS = 15_000;
const LOCK_STEP_MS = 50;

/** Signing in and out, and the access token, which lives in this closure only and never reaches disk or renderer. */
export function createSession(ports: SessionPorts): SessionService {
  let access: { token: string; expiresAt: number } | null = null;
  let renewing: Promise<string> | undefined;

  const accept = async (session: ServiceSession): Promise<string> => {
    access = { token: session.accessToken, expiresAt: Date.parse(session.accessTokenExpiresAt) };
    await ports.secrets.write(session.refreshToken);
    const { accountId, email, displayName } = session.account;
    await ports.account.update(() => ({ serviceUrl: ports.serviceUrl, accountId, email, displayName }));
    ports.state.set('session', signedIn({ accountId, email, displayName }, ports.secrets));
    return session.accessToken;
  };

  const forget = async (failure: unknown): Promise<void> => {
    access = null;
    await ports.secrets.clear();
    await ports.account.update(() => null);
    const state: SessionState = {
      status: 'signed-out',
      failure: failure === null ? null : toFailure(failure),
    };
    ports.state.set('session', state);
  };

  const renew = async (): Promise<string> => {
    const lock = await waitForLock(ports.profileFolder);
    try {
      // Read inside the lock: another process of this profile may have exchanged the token a moment ago.
      const refreshToken = await ports.secrets.read();
      if (refreshToken === null) throw launcherErrors.error('SESSION_SIGNED_OUT');
      return await accept(await ports.api.refresh({ body: { refreshToken } }));
    } catch (error) {
      const known = toAppError(error);
      if (known.family !== 'auth' || known.code === 'SESSION_SIGNED_OUT') throw error;
      const expired = launcherErrors.error('SESSION_EXPIRED', {}, error);
      await forget(expired);
      throw expired;
    } finally {
      await lock.release();
    }
  };

  const accessToken = (): Promise<string> => {
    if (access !== null && access.expiresAt - ports.clock.now() > RENEW_BEFORE_MS) {
      return Promise.resolve(access.token);
    }
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  return {
    accessToken,
    signIn: async (credentials) => {
      await accept(await ports.api.login({ body: { ...credentials, device: ports.device } }));
    },
    register: async (account) => {
      await accept(await ports.api.register({ body: { ...account, device: ports.device } }));
    },
    signOut: async () => {
      const refreshToken = await ports.secrets.read();
      await forget(null);
      if (refreshToken === null) return;
      try {
        await ports.api.logout({ body: { refreshToken } });
      } catch (error) {
        // Offline: the token is gone from this machine and ends by itself.
        if (!isPassing(error) && toAppError(error).family !== 'auth') throw error;
      }
    },
    restore: async () => {
      const account = ports.account.get();
      if (account !== null && account.serviceUrl !== ports.serviceUrl) return forget(null);
      if ((await ports.secrets.read()) === null) return forget(null);
      if (account !== null) ports.state.set('session', signedIn(account, ports.secrets));
      try {
        await accessToken();
      } catch (error) {
        if (account === null && isPassing(error)) {
          ports.state.set('session', { status: 'signed-out', failure: toFailure(error) });
        }
        // `renew` has already signed out what the service refused; an unreachable service leaves a known player signed in.
        else if (!isPassing(error) && toAppError(error).family !== 'auth') throw error;
      }
    },
  };
}

function signedIn(
  account: { accountId: string; email: string; displayName: string },
  secrets: SecretStore,
): SessionState {
  const { accountId, email, displayName } = account;
  return { status: 'signed-in', accountId, email, displayName, remembered: secrets.kind === 'persistent' };
}

async function waitForLock(profileFolder: string) {
  for (let waitedMs = 0; ; waitedMs += LOCK_STEP_MS) {
    try {
      return await lockProfile(profileFolder, 'session');
    } catch (error) {
      if (toAppError(error).code !== 'PROFILE_IN_USE' || waitedMs >= LOCK_WAIT_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOCK_STEP_MS));
    }
  }
}
