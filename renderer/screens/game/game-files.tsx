import { useId, useState } from 'react';
import type { Download, InstallState, LibraryGame } from '../../../preload/contract.ts';
import { Button, type ButtonProps } from '../../components/button.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { isMoving, useDownload } from '../../state/downloads-slice.ts';
import { openInstallFolder, repairInstall, verifyInstall } from '../../state/library-slice.ts';
import { text } from '../../text/text.ts';
import { AdoptDialog } from './adopt-dialog.tsx';
import styles from './game-settings.module.css';
import { MoveDialog } from './move-dialog.tsx';
import { RollBackDialog } from './roll-back-dialog.tsx';
import { UninstallDialog } from './uninstall-dialog.tsx';
import { type Kept, useKept } from './use-kept.ts';

const words = text.game.settings;

type Installed = Extract<InstallState, { status: 'installed' }>;

interface InstalledGameProps {
  readonly game: LibraryGame;
  readonly install: Installed;
}

/** What can be done with the files of a game, where it has any. */
export function GameFiles({ game }: { readonly game: LibraryGame }) {
  const { install } = game;
  if (install.status !== 'installed') return <NoFiles game={game} />;
  return <Files game={game} install={install} />;
}

function NoFiles({ game }: { readonly game: LibraryGame }) {
  const [open, setOpen] = useState(false);
  const obstacle = useObstacle(game);
  return (
    <section aria-labelledby="game-files">
      <h2 id="game-files" className={styles.heading}>
        {words.files}
      </h2>
      <p className={styles.missing}>{words.notInstalled}</p>
      {game.latest !== null && (
        <FileAction
          hint={words.adoptHint}
          label={words.adopt}
          obstacle={obstacle}
          onAct={() => setOpen(true)}
        />
      )}
      <AdoptDialog game={game} open={open} onClose={() => setOpen(false)} />
    </section>
  );
}

function Files({ game, install }: InstalledGameProps) {
  const { gameId } = game;
  return (
    <section aria-labelledby="game-files">
      <h2 id="game-files" className={styles.heading}>
        {words.files}
      </h2>
      <p className={styles.folder}>{install.folder}</p>
      <FileAction hint={words.verifyHint} label={words.verify} onAct={() => void verifyInstall(gameId)} />
      {install.damaged && (
        <FileAction hint={words.repairHint} label={words.repair} onAct={() => void repairInstall(gameId)} />
      )}
      <FileAction
        hint={words.openFolderHint}
        label={words.openFolder}
        onAct={() => void openInstallFolder(gameId)}
      />
      <Move game={game} install={install} />
      <RollBack game={game} install={install} />
      <Uninstall game={game} install={install} />
    </section>
  );
}

function Move({ game, install }: InstalledGameProps) {
  const [open, setOpen] = useState(false);
  const { folder, sizeBytes } = install;
  return (
    <>
      <FileAction
        hint={words.moveHint}
        label={words.move}
        obstacle={useObstacle(game)}
        onAct={() => setOpen(true)}
      />
      <MoveDialog
        game={game}
        folder={folder}
        sizeBytes={sizeBytes}
        open={open}
        onClose={() => setOpen(false)}
      />
    </>
  );
}

function RollBack({ game, install }: InstalledGameProps) {
  const [open, setOpen] = useState(false);
  const { build, previous } = install;
  const obstacle = useObstacle(game);
  const kept = useKept(game.gameId, build.buildId, previous?.buildId ?? null);
  if (previous === null) return <FileAction label={words.rollBackNone} obstacle={words.rollBackNoneHint} />;
  return (
    <>
      <FileAction
        hint={rollBackHint(previous, kept)}
        label={words.rollBack(previous)}
        obstacle={obstacle}
        onAct={() => setOpen(true)}
      />
      {kept.status === 'failed' && (
        <FailureCard failure={kept.failure} onRetry={kept.retry} gameId={game.gameId} />
      )}
      <RollBackDialog
        game={game}
        installed={build.version}
        previous={previous}
        kept={kept}
        open={open}
        onClose={() => setOpen(false)}
      />
    </>
  );
}

function rollBackHint({ version, downloadBytes }: Installed['build'], kept: Kept): string {
  if (kept.status === 'kept') return words.rollBackKeptHint({ version, bytes: kept.sizeBytes });
  if (kept.status === 'gone') return words.rollBackFetchHint({ version, bytes: downloadBytes });
  return words.rollBackUnknownHint({ version });
}

function Uninstall({ game, install }: InstalledGameProps) {
  const [open, setOpen] = useState(false);
  const { sizeBytes } = install;
  return (
    <>
      <FileAction
        hint={words.uninstallHint({ bytes: sizeBytes })}
        label={words.uninstall}
        look="danger"
        onAct={() => setOpen(true)}
      />
      <UninstallDialog game={game} sizeBytes={sizeBytes} open={open} onClose={() => setOpen(false)} />
    </>
  );
}

/** Why the files cannot be moved or exchanged now; null where they can. What waits or has failed gives way. */
function useObstacle({ gameId, running }: LibraryGame): string | null {
  const download = useDownload(gameId);
  if (running) return words.whileRunning;
  return download === undefined || !isMoving(download) ? null : words.whileBusy({ work: workOf(download) });
}

const workOf = (download: Download): string => text.downloads.reasons[download.reason](download);

interface FileActionProps {
  readonly hint?: string;
  readonly label: string;
  readonly look?: ButtonProps['look'];
  /** Why it cannot be done now. The button stays in reach, so that the reason is found and read out. */
  readonly obstacle?: string | null;
  readonly onAct?: () => void;
}

function FileAction({ hint = '', label, look = 'quiet', obstacle = null, onAct }: FileActionProps) {
  const id = useId();
  const possible = obstacle === null;
  return (
    <div className={styles.action}>
      <p id={id} className={styles.hint}>
        {[hint, obstacle].filter(Boolean).join(' ')}
      </p>
      <Button
        look={look}
        aria-disabled={possible ? undefined : true}
        aria-describedby={id}
        onClick={possible ? onAct : undefined}
      >
        {label}
      </Button>
    </div>
  );
}
