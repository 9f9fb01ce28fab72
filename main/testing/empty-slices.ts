import type { LauncherSlices } from '../../preload/contract.ts';
import { defaultSettings } from '../settings/settings.ts';

/** A launcher's state before anything is known, for tests of one service. */
export function emptySlices(version: string): LauncherSlices {
  return {
    session: { status: 'starting' },
    connection: { status: 'online', serviceUrl: 'http://service.test', lastOnlineAt: null },
    library: { status: 'loading', games: [], failure: null },
    downloads: { queue: [], finished: [], throughput: [], allPaused: false },
    quests: { status: 'loading', quests: [], balancePoints: 0, history: [], failure: null },
    settings: { settings: defaultSettings('/profile'), locations: [] },
    launcher: { version, host: 'electron', choosesFolders: false, update: { status: 'unsupported' } },
  };
}
