import { useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { EmptyBayDrawing } from '../../components/hangar-drawing.tsx';
import { Page } from '../../components/page.tsx';
import { LoadingNote, Skeleton } from '../../components/skeleton.tsx';
import { refreshLibrary, useLibrary } from '../../state/library-slice.ts';
import {
  changeLibraryView,
  selectGames,
  useLibraryView,
  type LibraryFilter,
} from '../../state/library-view-slice.ts';
import { text } from '../../text/text.ts';
import { GameMenu } from './game-menu.tsx';
import { LibraryGrid } from './library-grid.tsx';
import { LibraryList } from './library-list.tsx';
import styles from './library-screen.module.css';
import { LibraryToolbar } from './library-toolbar.tsx';

export function LibraryScreen() {
  const library = useLibrary();
  const view = useLibraryView();
  const games = useMemo(() => selectGames(library.games, view), [library.games, view]);
  const [menuGameId, setMenuGameId] = useState<string | null>(null);
  const loading = library.status === 'loading';
  return (
    <Page
      title={text.library.title}
      aside={
        loading ? undefined : (
          <p className={styles.count} role="status">
            {text.library.count({ count: games.length })}
          </p>
        )
      }
    >
      {library.failure !== null && <FailureCard failure={library.failure} onRetry={refreshLibrary} />}
      {library.status === 'stale' && library.failure === null && (
        <p className={styles.stale}>{text.library.stale}</p>
      )}
      <LibraryToolbar />
      {loading ? (
        <LibrarySkeleton />
      ) : games.length === 0 ? (
        <NothingFound hasGames={library.games.length > 0} filter={view.filter} searched={view.query !== ''} />
      ) : (
        <GameMenu gameId={menuGameId} onOpenFor={setMenuGameId}>
          {view.layout === 'grid' ? <LibraryGrid games={games} /> : <LibraryList games={games} />}
        </GameMenu>
      )}
    </Page>
  );
}

interface NothingFoundProps {
  readonly hasGames: boolean;
  readonly filter: LibraryFilter;
  readonly searched: boolean;
}

function NothingFound({ hasGames, filter, searched }: NothingFoundProps) {
  if (!hasGames) {
    return (
      <EmptyState
        drawing={<EmptyBayDrawing />}
        title={text.firstStart.title}
        text={text.firstStart.text}
        action={
          <Button look="primary" onClick={() => void refreshLibrary()}>
            {text.firstStart.action}
          </Button>
        }
      />
    );
  }
  const reasons: Record<LibraryFilter, string> = {
    all: text.library.nothingText,
    installed: text.library.installedEmpty,
    updates: text.library.updatesEmpty,
    favourites: text.library.favouritesEmpty,
  };
  return (
    <EmptyState
      drawing={<EmptyBayDrawing />}
      title={text.library.nothingTitle}
      text={searched ? text.library.nothingText : reasons[filter]}
      action={
        <Button onClick={() => changeLibraryView({ query: '', filter: 'all' })}>
          {text.library.nothingAction}
        </Button>
      }
    />
  );
}

const skeletonCount = 12;

function LibrarySkeleton() {
  return (
    <div className={styles.skeletons}>
      <LoadingNote />
      {Array.from({ length: skeletonCount }, (_, index) => (
        <Skeleton key={index} className={styles.skeleton} />
      ))}
    </div>
  );
}
