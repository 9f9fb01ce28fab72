import { Star } from 'lucide-react';
import { useMemo, useRef } from 'react';
import type { LibraryGame } from '../../../preload/contract.ts';
import { GameArt } from '../../components/game-art.tsx';
import { gameStatus } from '../../components/game-status.ts';
import { useRovingGrid } from '../../input/use-roving-grid.ts';
import { useDownload } from '../../state/downloads-slice.ts';
import { setFavourite } from '../../state/library-slice.ts';
import { serializePlace } from '../../state/navigation-slice.ts';
import { formatAgo, formatBytes, formatDuration } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './library-list.module.css';
import { useSize } from './use-size.ts';
import { useVirtualRows } from './use-virtual-rows.ts';

/** In rem. */
const rowHeightRem = 4;

const words = text.library;

/** The same games as lines with their figures; each line has the title and the star to go to. */
export function LibraryList({ games }: { readonly games: readonly LibraryGame[] }) {
  const grid = useRef<HTMLDivElement>(null);
  const { rem } = useSize(grid);
  const shape = useMemo(() => ({ rows: games.length, columns: 2, lastRowColumns: 2 }), [games.length]);
  const { rows, shown, totalHeight, scrollMargin, scrollToRow } = useVirtualRows({
    list: grid,
    count: games.length,
    rowHeight: rowHeightRem * rem,
  });
  const { onKeyDown, onFocus, cellProps } = useRovingGrid({ grid, shape, shown, scrollToRow });
  return (
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- the cells are the tab stop
    <div
      role="grid"
      aria-label={words.games}
      aria-rowcount={games.length + 1}
      className={styles.table}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
    >
      <div role="row" aria-rowindex={1} className={[styles.line, styles.head].join(' ')}>
        <span role="columnheader">{words.columns.title}</span>
        <span role="columnheader">{words.columns.status}</span>
        <span role="columnheader">{words.columns.playtime}</span>
        <span role="columnheader">{words.columns.lastPlayed}</span>
        <span role="columnheader">{words.columns.size}</span>
        <span role="columnheader">
          <span className="visually-hidden">{words.filters.favourites}</span>
        </span>
      </div>
      <div ref={grid} role="rowgroup" className={styles.body} style={{ height: totalHeight }}>
        {rows.map(({ index, start }) => {
          const game = games[index];
          return game === undefined ? null : (
            <div
              key={game.gameId}
              role="row"
              aria-rowindex={index + 2}
              data-game-id={game.gameId}
              className={styles.line}
              style={{ transform: `translateY(${start - scrollMargin}px)` }}
            >
              <GameCells game={game} link={cellProps(index, 0)} star={cellProps(index, 1)} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface CellProps {
  readonly 'data-cell': string;
  readonly tabIndex: number;
}

interface GameCellsProps {
  readonly game: LibraryGame;
  readonly link: CellProps;
  readonly star: CellProps;
}

function GameCells({ game, link, star }: GameCellsProps) {
  const download = useDownload(game.gameId);
  const sizeBytes = game.install.status === 'installed' ? game.install.sizeBytes : null;
  return (
    <>
      <span role="gridcell">
        <a
          {...link}
          className={styles.game}
          href={serializePlace({ screen: 'game', gameId: game.gameId, tab: 'overview' })}
        >
          <GameArt game={game} kind="icon" />
          <span className={styles.title}>{game.title}</span>
        </a>
      </span>
      <span role="gridcell" className={styles.quiet}>
        {gameStatus(game, download)}
      </span>
      <span role="gridcell" className={styles.quiet}>
        {game.playSeconds > 0 ? formatDuration(game.playSeconds) : '–'}
      </span>
      <span role="gridcell" className={styles.quiet}>
        {game.lastPlayedAt === null ? text.common.never : formatAgo(game.lastPlayedAt)}
      </span>
      <span role="gridcell" className={styles.quiet}>
        {sizeBytes === null ? '–' : formatBytes(sizeBytes)}
      </span>
      <span role="gridcell">
        <button
          {...star}
          type="button"
          className={styles.star}
          aria-pressed={game.favourite}
          aria-label={words.favourite({ title: game.title })}
          onClick={() => void setFavourite(game.gameId, !game.favourite)}
        >
          <Star aria-hidden />
        </button>
      </span>
    </>
  );
}
