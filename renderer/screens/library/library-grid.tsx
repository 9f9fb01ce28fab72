import { Star } from 'lucide-react';
import { memo, useMemo, useRef } from 'react';
import type { LibraryGame } from '../../../preload/contract.ts';
import { GameArt } from '../../components/game-art.tsx';
import { gameStatus } from '../../components/game-status.ts';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { useRovingGrid } from '../../input/use-roving-grid.ts';
import { progressOf, useDownload } from '../../state/downloads-slice.ts';
import { serializePlace } from '../../state/navigation-slice.ts';
import { text } from '../../text/text.ts';
import styles from './library-grid.module.css';
import { useSize } from './use-size.ts';
import { useVirtualRows } from './use-virtual-rows.ts';

/** In rem: the narrowest cover, the space between covers, and the two lines under one. */
const coverMin = 10.5;
const gap = 1.5;
const caption = 3.5;

/** Where covers go in a given width. @returns Sizes in CSS pixels. */
export function layOutCovers(width: number, rem: number): { columns: number; rowHeight: number } {
  const columns = Math.max(2, Math.floor((width + gap * rem) / ((coverMin + gap) * rem)));
  const coverWidth = (width - gap * rem * (columns - 1)) / columns;
  return { columns, rowHeight: Math.round((coverWidth * 4) / 3 + (caption + gap) * rem) };
}

/** Covers in rows; one tab stop, arrow keys inside. */
export function LibraryGrid({ games }: { readonly games: readonly LibraryGame[] }) {
  const grid = useRef<HTMLDivElement>(null);
  const { width, rem } = useSize(grid);
  const { columns, rowHeight } = layOutCovers(width, rem);
  const rowCount = Math.ceil(games.length / columns);
  const shape = useMemo(
    () => ({ rows: rowCount, columns, lastRowColumns: games.length - (rowCount - 1) * columns }),
    [rowCount, columns, games.length],
  );
  const { rows, shown, totalHeight, scrollMargin, scrollToRow } = useVirtualRows({
    list: grid,
    count: rowCount,
    rowHeight,
  });
  const { onKeyDown, onFocus, cellProps } = useRovingGrid({ grid, shape, shown, scrollToRow });
  return (
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- the cells are the tab stop
    <div
      ref={grid}
      role="grid"
      aria-label={text.library.games}
      aria-rowcount={rowCount}
      aria-colcount={columns}
      className={styles.grid}
      style={{ height: totalHeight }}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
    >
      {rows.map(({ index: row, start }) => (
        <div
          key={row}
          role="row"
          aria-rowindex={row + 1}
          className={styles.row}
          style={{
            transform: `translateY(${start - scrollMargin}px)`,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
          }}
        >
          {games.slice(row * columns, (row + 1) * columns).map((game, column) => (
            <div key={game.gameId} role="gridcell" aria-colindex={column + 1} data-game-id={game.gameId}>
              <GameTile game={game} {...cellProps(row, column)} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

interface GameTileProps {
  readonly game: LibraryGame;
  readonly 'data-cell': string;
  readonly tabIndex: number;
}

const GameTile = memo(function GameTile({ game, ...cell }: GameTileProps) {
  const download = useDownload(game.gameId);
  const installed = game.install.status === 'installed';
  return (
    <a
      {...cell}
      href={serializePlace({ screen: 'game', gameId: game.gameId, tab: 'overview' })}
      className={styles.tile}
      data-installed={installed || download !== undefined}
      draggable={false}
    >
      <span className={styles.cover}>
        <GameArt game={game} kind="cover" />
        {download !== undefined && (
          // Hidden, because the status below says the same in words and the title should be read first.
          <span className={styles.progress} aria-hidden>
            <ProgressBar
              label={text.downloads.progressLabel({ title: game.title })}
              fraction={progressOf(download)}
              tone={download.phase === 'paused' ? 'still' : download.phase === 'failed' ? 'bad' : 'cool'}
              thickness="thin"
            />
          </span>
        )}
      </span>
      <span className={styles.title}>
        {game.title}
        {game.favourite && <Star className={styles.star} aria-label={text.library.filters.favourites} />}
      </span>
      <span className={styles.status}>{gameStatus(game, download)}</span>
    </a>
  );
});
