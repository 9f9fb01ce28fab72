import type { ApiClient } from '../../backend/api/client.ts';
import type { LibraryGame as ServiceGame } from '../../backend/api/contract.ts';
import type { Download, LibraryGame, Settings } from '../../preload/contract.ts';
import type { Clock } from '../clock.ts';
import { toFailure } from '../failure.ts';
import type { BuildPair } from '../installs/update-sizes.ts';
import { launcherErrors } from '../launcher-errors.ts';
import type { Document } from '../profile/document.ts';
import type { StateStore } from '../state/state-store.ts';
import {
  type GamePreference,
  type GamePreferences,
  type InstalledRecord,
  type InstalledRecords,
  type LibraryCache,
  noPreference,
} from './library-cache.ts';
import { viewGame, viewOrphan } from './library-view.ts';

export interface LibraryPorts {
  readonly api: Pick<ApiClient, 'library'>;
  readonly cache: Document<LibraryCache | null>;
  readonly preferences: Document<GamePreferences>;
  readonly installed: Document<InstalledRecords>;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
  readonly settings: () => Settings;
  readonly downloadOf: (gameId: string) => Download | undefined;
  readonly isRunning: (gameId: string) => boolean;
  readonly updateBytesOf: (pair: BuildPair) => number | null;
}

/** The player's games: what the service lists, what is on disk, what the player chose. */
export interface LibraryService {
  readonly refresh: () => Promise<void>;
  /** Compute the slice again; called when an install, a download or a run changed. */
  readonly publish: () => void;
  /** @throws {AppError} `LIBRARY_GAME_UNKNOWN`. */
  readonly game: (gameId: string) => LibraryGame;
  readonly serviceGame: (gameId: string) => ServiceGame | undefined;
  readonly installed: (gameId: string) => InstalledRecord | undefined;
  readonly allInstalled: () => readonly InstalledRecord[];
  readonly setInstalled: (gameId: string, record: InstalledRecord | undefined) => Promise<void>;
  readonly preference: (gameId: string) => GamePreference;
  readonly setPreference: (gameId: string, change: Partial<GamePreference>) => Promise<void>;
  /** @throws {AppError} `LIBRARY_CHANNEL_UNKNOWN`. */
  readonly setChannel: (gameId: string, channel: string) => Promise<void>;
  /** Another player signs in: what belonged to the last one's account is forgotten. */
  readonly forget: () => Promise<void>;
}

export function createLibrary(ports: LibraryPorts): LibraryService {
  let status: 'loading' | 'ready' | 'stale' = ports.cache.get() === null ? 'loading' : 'stale';
  let failure: ReturnType<typeof toFailure> | null = null;
  let refreshing: Promise<void> | undefined;

  const preference = (gameId: string) => ports.preferences.get()[gameId] ?? noPreference;
  const installed = (gameId: string) => ports.installed.get()[gameId];
  const serviceGame = (gameId: string) => ports.cache.get()?.games.find((game) => game.gameId === gameId);

  const view = (gameId: string, game: ServiceGame | undefined): LibraryGame | undefined => {
    const record = installed(gameId);
    const input = {
      preference: preference(gameId),
      installed: record,
      download: ports.downloadOf(gameId),
      running: ports.isRunning(gameId),
      updateBytes: (oldBuildId: number, newBuildId: number) =>
        ports.updateBytesOf({ gameId, oldBuildId, newBuildId }),
      platform: ports.platform,
      defaultUpdatePolicy: ports.settings().defaultUpdatePolicy,
    };
    if (game !== undefined) return viewGame({ ...input, game });
    return record === undefined ? undefined : viewOrphan(record, input);
  };

  const publish = () => {
    const listed = ports.cache.get()?.games ?? [];
    const listedIds = new Set(listed.map(({ gameId }) => gameId));
    const orphans = Object.keys(ports.installed.get()).filter((gameId) => !listedIds.has(gameId));
    const games = [
      ...listed.map((game) => view(game.gameId, game)),
      ...orphans.map((gameId) => view(gameId, undefined)),
    ].filter((game) => game !== undefined);
    ports.state.set('library', { status, games, failure });
  };

  const fetchLibrary = async () => {
    try {
      const { games } = await ports.api.library({});
      status = 'ready';
      failure = null;
      await ports.cache.update(() => ({ fetchedAt: ports.clock.now(), games }));
    } catch (error) {
      status = ports.cache.get() === null ? 'loading' : 'stale';
      failure = toFailure(error);
      throw error;
    } finally {
      publish();
    }
  };

  const game = (gameId: string): LibraryGame => {
    const found = view(gameId, serviceGame(gameId));
    if (found === undefined) throw launcherErrors.error('LIBRARY_GAME_UNKNOWN', { gameId });
    return found;
  };

  const setPreference = async (gameId: string, change: Partial<GamePreference>) => {
    const saved = ports.preferences.update((all) => ({
      ...all,
      [gameId]: { ...(all[gameId] ?? noPreference), ...change },
    }));
    publish();
    await saved;
  };

  return {
    publish,
    game,
    serviceGame,
    installed,
    preference,
    setPreference,
    allInstalled: () => Object.values(ports.installed.get()),
    refresh: () => {
      refreshing ??= fetchLibrary().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
    setInstalled: async (gameId, record) => {
      const saved = ports.installed.update((all) => {
        const { [gameId]: _old, ...others } = all;
        return record === undefined ? others : { ...others, [gameId]: record };
      });
      publish();
      await saved;
    },
    setChannel: async (gameId, channel) => {
      const { channels } = game(gameId);
      if (!channels.includes(channel)) {
        throw launcherErrors.error('LIBRARY_CHANNEL_UNKNOWN', {
          gameId,
          channel,
          channels: channels.join(', ') || 'none yet',
        });
      }
      await setPreference(gameId, { channel });
    },
    forget: async () => {
      status = 'loading';
      failure = null;
      await ports.cache.update(() => null);
      publish();
    },
  };
}
