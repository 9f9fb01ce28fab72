import type { GameWindow } from '../../play/game-host.ts';
import { launcherErrors } from '../../launcher-errors.ts';
import type { ElectronParts } from './electron-parts.ts';
import { confine, denyPermissions, GAME_PERMISSIONS, windowPreferences } from './window-policy.ts';

/** Opens web games in windows of their own: no preload, no bridge, a storage partition for each game. */
export function createGameWindows(parts: Pick<ElectronParts, 'BrowserWindow' | 'session'>) {
  return async (game: {
    readonly url: string;
    readonly gameId: string;
    readonly title: string;
  }): Promise<GameWindow> => {
    const partition = `persist:game-${game.gameId}`;
    denyPermissions(parts.session.fromPartition(partition), GAME_PERMISSIONS);
    const window = new parts.BrowserWindow({
      width: 1280,
      height: 800,
      title: game.title,
      backgroundColor: '#000000',
      autoHideMenuBar: true,
      webPreferences: windowPreferences({ partition, devTools: false }),
    });
    confine(window.webContents, new URL(game.url).origin, () => {});
    const closed = new Promise<void>((resolve) => {
      window.once('closed', () => resolve());
    });
    try {
      await window.loadURL(game.url);
    } catch (cause) {
      if (!window.isDestroyed()) window.destroy();
      throw launcherErrors.error('PLAY_WINDOW_BLOCKED', { gameId: game.gameId }, cause);
    }
    return {
      closed,
      closedIsSure: true,
      close: () => {
        if (!window.isDestroyed()) window.destroy();
      },
    };
  };
}
