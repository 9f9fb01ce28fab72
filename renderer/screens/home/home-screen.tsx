import { useMemo } from 'react';
import { EmptyBayDrawing } from '../../components/hangar-drawing.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { LoadingNote, Skeleton } from '../../components/skeleton.tsx';
import { useOnline } from '../../state/connection-slice.ts';
import { refreshLibrary, useLibrary } from '../../state/library-slice.ts';
import { text } from '../../text/text.ts';
import { ContinuePlaying } from './continue-playing.tsx';
import { FeaturedGame } from './featured-game.tsx';
import styles from './home-screen.module.css';
import { chooseFeatured, chooseRecent } from './home-choices.ts';
import { NearlyDone } from './nearly-done.tsx';
import { NotInstalled } from './not-installed.tsx';
import { UpdatesReady } from './updates-ready.tsx';

export function HomeScreen() {
  const library = useLibrary();
  const featured = useMemo(() => chooseFeatured(library.games), [library.games]);
  const recent = useMemo(
    () => chooseRecent(library.games, featured?.gameId ?? null),
    [library.games, featured],
  );
  if (library.status === 'loading') return <HomeSkeleton />;
  if (featured === null) return <FirstStart />;
  return (
    <div className={styles.home}>
      <FeaturedGame game={featured} />
      <div className={styles.body}>
        {library.failure !== null && <FailureCard failure={library.failure} onRetry={refreshLibrary} />}
        <ContinuePlaying games={recent} />
        <div className={styles.columns}>
          <UpdatesReady />
          <NearlyDone />
        </div>
        <NotInstalled featuredId={featured.gameId} />
      </div>
    </div>
  );
}

function FirstStart() {
  const online = useOnline();
  const failure = useLibrary((library) => library.failure);
  return (
    <div className={styles.first}>
      <EmptyState
        heading="h1"
        drawing={<EmptyBayDrawing />}
        title={text.firstStart.title}
        text={online ? text.firstStart.text : text.firstStart.offline}
        action={
          <Button look="primary" size="large" onClick={() => void refreshLibrary()}>
            {text.firstStart.action}
          </Button>
        }
      />
      {failure !== null && <FailureCard failure={failure} onRetry={refreshLibrary} />}
    </div>
  );
}

function HomeSkeleton() {
  return (
    <div className={styles.home}>
      <LoadingNote />
      <h1 className="visually-hidden" tabIndex={-1}>
        {text.home.title}
      </h1>
      <Skeleton className={styles.heroSkeleton} />
      <div className={styles.rowSkeleton}>
        <Skeleton />
        <Skeleton />
        <Skeleton />
      </div>
    </div>
  );
}
