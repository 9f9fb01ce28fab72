import type { LibraryGame, LibraryState, RequestArgument } from '../../preload/contract.ts';
import { request } from './bridge.ts';
import { createMirrorStore } from './mirror-store.ts';
import { report } from './notices.ts';

export const useLibrary = createMirrorStore<LibraryState>({ status: 'loading', games: [], failure: null });

export const findGame = (library: LibraryState, gameId: string): LibraryGame | undefined =>
  library.games.find((game) => game.gameId === gameId);

export const useGame = (gameId: string): LibraryGame | undefined =>
  useLibrary((library) => findGame(library, gameId));

export const refreshLibrary = () => report(request('library:refresh', {}));

/** The player is looking. Quiet: where it fails, the library and the connection say so themselves. */
export const freshenLibrary = () => void request('library:freshen', {});

export const setFavourite = (gameId: string, favourite: boolean) =>
  report(request('library:set-favourite', { gameId, favourite }));

export const planInstall = (argument: RequestArgument<'install:plan'>) => request('install:plan', argument);

/** What the one big button does: the request behind each verb. */
export function runPrimaryAction(game: LibraryGame): Promise<boolean> {
  const { gameId } = game;
  switch (game.action) {
    case 'install':
      return report(request('install:start', { gameId }));
    case 'update':
      return report(request('install:update', { gameId }));
    case 'resume':
      return report(request('install:resume', { gameId }));
    case 'pause':
      return report(request('install:pause', { gameId }));
    case 'repair':
      return report(request('install:repair', { gameId }));
    case 'play':
      return launchGame(gameId);
    case 'stop':
      return report(request('game:stop', { gameId }));
    case 'unavailable':
      return Promise.resolve(false);
  }
}

export const launchGame = (gameId: string) => report(request('game:launch', { gameId }));

export const verifyInstall = (gameId: string) => report(request('install:verify', { gameId }));

export const repairInstall = (gameId: string) => report(request('install:repair', { gameId }));

export const updateInstall = (gameId: string) => report(request('install:update', { gameId }));

export const preloadInstall = (gameId: string) => report(request('install:preload', { gameId }));

export const moveInstall = (gameId: string, folder: string) => request('install:move', { gameId, folder });

export const planAdoption = (gameId: string, folder: string) =>
  request('install:plan-adoption', { gameId, folder });

export const cancelAdoption = (gameId: string) => request('install:cancel-adoption', { gameId });

export const adoptInstall = (gameId: string, folder: string) => request('install:adopt', { gameId, folder });

export const rollBackInstall = (gameId: string) => request('install:roll-back', { gameId });

export const readKept = (gameId: string) => request('install:read-kept', { gameId });

export const openInstallFolder = (gameId: string) => report(request('install:open-folder', { gameId }));

export const uninstall = (gameId: string, keepSaves: boolean) =>
  report(request('install:uninstall', { gameId, keepSaves }));

export const setChannel = (gameId: string, channel: string) =>
  report(request('install:set-channel', { gameId, channel }));

export const setUpdatePolicy = (gameId: string, updatePolicy: LibraryGame['updatePolicy']) =>
  report(request('install:set-update-policy', { gameId, updatePolicy }));

export const setLaunchArguments = (gameId: string, launchArguments: string[]) =>
  report(request('game:set-launch-arguments', { gameId, arguments: launchArguments }));
