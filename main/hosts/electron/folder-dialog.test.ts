import type { BaseWindow, OpenDialogOptions } from 'electron';
import { expect, test } from 'vitest';
import type { ElectronParts } from './electron-parts.ts';
import { createFolderDialog } from './folder-dialog.ts';

type Shown = { readonly parent: BaseWindow | null; readonly options: OpenDialogOptions };

/** Electron's dialog, answering what it is told to. */
function fakeDialog(answer: { canceled: boolean; filePaths: string[] }) {
  const shown: Shown[] = [];
  const showOpenDialog: ElectronParts['dialog']['showOpenDialog'] = async (
    ...given: [OpenDialogOptions] | [BaseWindow, OpenDialogOptions]
  ) => {
    shown.push(
      given.length === 1 ? { parent: null, options: given[0] } : { parent: given[0], options: given[1] },
    );
    return answer;
  };
  return { dialog: { showOpenDialog } as ElectronParts['dialog'], shown };
}

const window = { id: 1 } as BaseWindow;
const asked = { title: 'Choose', startAt: '/games' };

test('asks for one folder, in front of the launcher, and begins where it is told to', async () => {
  const { dialog, shown } = fakeDialog({ canceled: false, filePaths: ['/games/new'] });
  expect(await createFolderDialog({ dialog }, () => window)(asked)).toBe('/games/new');
  expect(shown).toMatchObject([{ parent: window, options: { title: 'Choose', defaultPath: '/games' } }]);
  const properties = shown[0]?.options.properties;
  expect(properties).toContain('openDirectory');
  expect(properties).not.toContain('openFile');
  expect(properties).not.toContain('multiSelections');
});

test('stands alone while there is no window, and none is chosen when the player closes it', async () => {
  const { dialog, shown } = fakeDialog({ canceled: true, filePaths: [] });
  expect(await createFolderDialog({ dialog }, () => null)(asked)).toBeNull();
  expect(shown).toMatchObject([{ parent: null }]);
});
