import type { BaseWindow, OpenDialogOptions } from 'electron';
import type { ChooseFolder } from '../../ports.ts';
import type { ElectronParts } from './electron-parts.ts';

/**
 * The system's own window to choose a folder in, in front of the launcher's.
 * @param window The launcher's window; null while there is none, then it stands alone.
 */
export function createFolderDialog(
  { dialog }: Pick<ElectronParts, 'dialog'>,
  window: () => BaseWindow | null,
): ChooseFolder {
  return async ({ title, startAt }) => {
    const options: OpenDialogOptions = {
      title,
      // macOS shows no title.
      message: title,
      defaultPath: startAt,
      properties: ['openDirectory', 'createDirectory', 'promptToCreate', 'dontAddToRecent'],
    };
    const parent = window();
    const shown = parent === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(parent, options);
    const { canceled, filePaths } = await shown;
    return canceled ? null : (filePaths[0] ?? null);
  };
}
