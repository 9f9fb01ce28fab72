import type { RequestArgument, SessionState } from '../../preload/contract.ts';
import { request } from './bridge.ts';
import { createMirrorStore } from './mirror-store.ts';
import { report } from './notices.ts';

export const useSession = createMirrorStore<SessionState>({ status: 'starting' });

export const signIn = (credentials: RequestArgument<'session:sign-in'>) =>
  request('session:sign-in', credentials);

export const register = (account: RequestArgument<'session:register'>) =>
  request('session:register', account);

export const signOut = () => report(request('session:sign-out', {}));

export const listSessions = () => request('session:list', {});

export const revokeSession = (sessionId: string) => request('session:revoke', { sessionId });
