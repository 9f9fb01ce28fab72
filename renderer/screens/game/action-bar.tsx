import { Play, Star } from 'lucide-react';
import type { InstallPlan, LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { PrimaryActionButton } from '../../components/primary-action-button.tsx';
import { LoadingNote, Skeleton } from '../../components/skeleton.tsx';
import { resumeDownload, useDownload } from '../../state/downloads-slice.ts';
import { launchGame, setFavourite } from '../../state/library-slice.ts';
import { formatAgo, formatBytes, formatDuration } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './action-bar.module.css';
import { DownloadLine } from './download-line.tsx';
import { PreloadLine } from './preload-line.tsx';
import { usePlan } from './use-plan.ts';

const words = text.game;

/** The one big button, and beside it what pressing it means in figures. */
export function ActionBar({ game }: { readonly game: LibraryGame }) {
  const plan = usePlan(game);
  const download = useDownload(game.gameId);
  const failure = download?.failure ?? null;
  return (
    <div className={styles.bar}>
      <div className={styles.line}>
        <PrimaryActionButton game={game} />
        <PlayOldBuild game={game} />
        <IconButton
          label={text.library.favourite({ title: game.title })}
          aria-pressed={game.favourite}
          className={styles.star}
          onClick={() => void setFavourite(game.gameId, !game.favourite)}
        >
          <Star aria-hidden />
        </IconButton>
        {download !== undefined ? (
          <DownloadLine game={game} download={download} />
        ) : plan.status === 'planned' ? (
          <PlanFigures plan={plan.plan} />
        ) : plan.status === 'planning' ? (
          <PlanSkeleton />
        ) : (
          <PlayFigures game={game} />
        )}
      </div>
      {download === undefined && !game.running && <PreloadLine game={game} />}
      {plan.status === 'planned' && <SpaceWarning plan={plan.plan} />}
      {plan.status === 'failed' && (
        <FailureCard failure={plan.failure} onRetry={plan.retry} gameId={game.gameId} />
      )}
      {failure !== null && (
        <FailureCard
          failure={failure}
          onRetry={() => resumeDownload(game.gameId)}
          gameId={game.gameId}
          retriesAt={download?.waitsUntil}
        />
      )}
    </div>
  );
}

/** While an update waits or runs, the build that is installed can be played. */
function PlayOldBuild({ game }: { readonly game: LibraryGame }) {
  const { install, action, running } = game;
  const updating = action === 'update' || action === 'pause' || action === 'resume';
  if (install.status !== 'installed' || install.damaged || running || !updating) return null;
  return (
    <Button size="large" icon={<Play aria-hidden />} onClick={() => void launchGame(game.gameId)}>
      {words.playOld({ version: install.build.version })}
    </Button>
  );
}

function PlanFigures({ plan }: { readonly plan: InstallPlan }) {
  const savedBytes = plan.fullBytes - plan.downloadBytes;
  return (
    <dl className={styles.figures}>
      <Figure
        label={words.download}
        value={plan.downloadBytes === 0 ? words.nothingToDownload : formatBytes(plan.downloadBytes)}
        note={plan.requests === 0 ? null : words.requests({ count: plan.requests })}
      />
      {plan.reason !== 'install' && savedBytes > 0 && (
        <Figure label={words.saved} value={formatBytes(savedBytes)} good />
      )}
      {plan.patchHops > 1 && <Figure label={words.route} value={words.chain({ hops: plan.patchHops })} />}
      <Figure label={words.diskPeak} value={formatBytes(plan.diskPeakBytes)} />
      <Figure
        label={words.time}
        value={words.about({ duration: formatDuration(plan.estimatedSeconds) })}
        note={plan.assumedSpeed === null ? null : words.assumedSpeed(plan.assumedSpeed)}
      />
    </dl>
  );
}

function PlayFigures({ game }: { readonly game: LibraryGame }) {
  if (game.action === 'unavailable') {
    return <p className={styles.note}>{game.depot === null ? words.notForMachine : words.noBuild}</p>;
  }
  return (
    <dl className={styles.figures}>
      {game.running && <Figure label={text.library.columns.status} value={words.running} good />}
      {game.playSeconds > 0 && <Figure label={words.playtime} value={formatDuration(game.playSeconds)} />}
      {game.lastPlayedAt !== null && <Figure label={words.lastPlayed} value={formatAgo(game.lastPlayedAt)} />}
      {game.install.status === 'installed' && (
        <Figure label={words.version} value={game.install.build.version} />
      )}
    </dl>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly note?: string | null;
  readonly good?: boolean;
}

function Figure({ label, value, note = null, good = false }: FigureProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd data-good={good}>
        {value}
        {note !== null && <small className={styles.aside}>{note}</small>}
      </dd>
    </div>
  );
}

function PlanSkeleton() {
  return (
    <div className={styles.figures}>
      <LoadingNote />
      <Skeleton className={styles.skeleton} />
      <Skeleton className={styles.skeleton} />
      <Skeleton className={styles.skeleton} />
    </div>
  );
}

function SpaceWarning({ plan }: { readonly plan: InstallPlan }) {
  const { freeBytes, keptBytes, lowSpacePeakBytes } = plan;
  // What is kept of the previous build makes way first, and with it the way back.
  if (freeBytes + keptBytes >= plan.diskPeakBytes) {
    return freeBytes >= plan.diskPeakBytes ? null : <p className={styles.note}>{words.givesUpKept}</p>;
  }
  if (lowSpacePeakBytes !== null && freeBytes + keptBytes >= lowSpacePeakBytes) {
    return (
      <p className={styles.note}>
        {words.lowSpace({ needed: plan.diskPeakBytes, free: freeBytes })} {keptBytes > 0 && words.givesUpKept}
      </p>
    );
  }
  return (
    <p className={styles.warning}>
      {words.tooSmall({ needed: plan.diskPeakBytes, free: plan.freeBytes })}{' '}
      <a href="#/settings/installs">{words.chooseDrive}</a>
    </p>
  );
}
