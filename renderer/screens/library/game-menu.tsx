import { ContextMenu } from '@base-ui/react/context-menu';
import { FolderOpen, Info, Play, Star } from 'lucide-react';
import type { MouseEvent, ReactNode } from 'react';
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
              <ContextMenu.Popup className={styles.menu}>
                {game.action !== 'unavailable' && (
                  <ContextMenu.Item className={styles.item} onClick={() => void runPrimaryAction(game)}>
                    <Play aria-hidden />
                    {text.actions[game.action]}
                  </ContextMenu.Item>
                )}
                <ContextMenu.Item className={styles.item} onClick={() => openGame(game.gameId)}>
                  <Info aria-hidden />
                  {text.library.openPage}
                </ContextMenu.Item>
                <ContextMenu.Item
                  className={styles.item}
                  onClick={() => void setFavourite(game.gameId, !game.favourite)}
                >
                  <Star aria-hidden />
                  {game.favourite ? text.library.removeFavourite : text.library.addFavourite}
                </ContextMenu.Item>
                {game.install.status === 'installed' && (
                  <ContextMenu.Item
                    className={styles.item}
                    onClick={() => void openInstallFolder(game.gameId)}
                  >
                    <FolderOpen aria-hidden />
                    {text.game.settings.openFolder}
                  </ContextMenu.Item>
                )}
              </ContextMenu.Popup>
            </ContextMenu.Positioner>
          </section>
        </ContextMenu.Portal>
      )}
    </ContextMenu.Root>
  );
}
