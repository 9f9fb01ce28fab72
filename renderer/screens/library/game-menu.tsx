import { ContextMenu } from '@base-ui/react/context-menu';
import { FolderOpen, Info, Play, Star } from 'lucide-react';
import type { MouseEvent, ReactNode } from 'react';
import { MenuItem, MenuPopup } from '../../components/menu.tsx';
import { openInstallFolder, runPrimaryAction, setFavourite, useGame } from '../../state/library-slice.ts';
import { openGame } from '../../state/navigation-slice.ts';
import { text } from '../../text/text.ts';
import styles from './game-menu.module.css';

interface GameMenuProps {
  readonly gameId: string | null;
  readonly onOpenFor: (gameId: string | null) => void;
  readonly children: ReactNode;
}

/** The right-click menu of every game in the library: one menu for all, because thousands would be slow. */
export function GameMenu({ gameId, onOpenFor, children }: GameMenuProps) {
  const game = useGame(gameId ?? '');
  const notice = (event: MouseEvent): void => {
    const element =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[data-game-id]') : null;
    onOpenFor(element?.dataset['gameId'] ?? null);
  };
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger onContextMenuCapture={notice}>{children}</ContextMenu.Trigger>
      {game !== undefined && (
        <ContextMenu.Portal>
          <section aria-label={game.title}>
            <ContextMenu.Positioner className={styles.place}>
              <MenuPopup>
                {game.action !== 'unavailable' && (
                  <MenuItem icon={Play} onClick={() => void runPrimaryAction(game)}>
                    {text.actions[game.action]}
                  </MenuItem>
                )}
                <MenuItem icon={Info} onClick={() => openGame(game.gameId)}>
                  {text.library.openPage}
                </MenuItem>
                <MenuItem icon={Star} onClick={() => void setFavourite(game.gameId, !game.favourite)}>
                  {game.favourite ? text.library.removeFavourite : text.library.addFavourite}
                </MenuItem>
                {game.install.status === 'installed' && (
                  <MenuItem icon={FolderOpen} onClick={() => void openInstallFolder(game.gameId)}>
                    {text.game.settings.openFolder}
                  </MenuItem>
                )}
              </MenuPopup>
            </ContextMenu.Positioner>
          </section>
        </ContextMenu.Portal>
      )}
    </ContextMenu.Root>
  );
}
