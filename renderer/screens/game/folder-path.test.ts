import { describe, expect, it } from 'vitest';
import { isFullPath, lastNameOf, within } from './folder-path.ts';

describe('a folder', () => {
  it('is full where it starts at the root, a drive or a share', () => {
    for (const folder of ['/srv/games', 'C:\\Games', 'd:/games', '\\\\nas\\games'])
      expect(isFullPath(folder)).toBe(true);
    for (const folder of ['', 'games', './games', '~/games', 'C:games'])
      expect(isFullPath(folder)).toBe(false);
  });

  it('keeps its name on another drive, whichever way paths are written there', () => {
    expect(within('/media/disk', lastNameOf('/home/robin/Games/skylark/'))).toBe('/media/disk/skylark');
    expect(within('D:\\Games', lastNameOf('C:\\Games\\skylark'))).toBe('D:\\Games\\skylark');
    expect(within('E:\\', 'skylark')).toBe('E:\\skylark');
  });
});
