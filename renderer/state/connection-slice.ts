import type { ConnectionState } from '../../preload/contract.ts';
import { createMirrorStore } from './mirror-store.ts';

export const useConnection = createMirrorStore<ConnectionState>({
  status: 'online',
  serviceUrl: '',
  lastOnlineAt: null,
});

/** Whether what needs the service can be done now. */
export const useOnline = (): boolean => useConnection((connection) => connection.status === 'online');
