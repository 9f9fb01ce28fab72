import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { InstallPlan, LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogActions } from '../../components/dialog.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { FolderField } from '../../components/folder-field.tsx';
import { adoptInstall, cancelAdoption, planAdoption } from '../../state/library-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { formatBytes, formatDuration } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './dialog-form.module.css';
import { isFullPath } from './folder-path.ts';
import { useAsked } from './use-asked.ts';

const words = text.game.adopt;

interface AdoptDialogProps {
  readonly game: LibraryGame;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Make an install of a copy that is on this computer: first what that keeps and downloads, then the doing. */
export function AdoptDialog(props: AdoptDialogProps) {
  const { game, open, onClose } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={words.title({ title: game.title })}
      description={words.text}
      className={styles.wide}
    >
      <AdoptForm {...props} />
    </Dialog>
  );
}

function AdoptForm({ game: { gameId }, onClose }: AdoptDialogProps) {
  const [draft, setDraft] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  /** What was found in the folder that is written above it; another folder makes it void. */
  const [plan, setPlan] = useState<InstallPlan | null>(null);
  const folder = draft.trim();
  const installFolder = useSettings((state) => state.settings.installFolder);
  const isLooking = useRef(false);
  const look = async () => {
    isLooking.current = true;
    const answer = await planAdoption(gameId, folder);
    isLooking.current = false;
    return answer;
  };
  const looking = useAsked(look, setPlan);
  const adopting = useAsked(() => adoptInstall(gameId, folder), onClose);
  const busy = looking.busy || adopting.busy;
  // Reading a large copy takes minutes: who closes the dialog does not wait for it, nor does the drive.
  useEffect(
    () => () => {
      if (isLooking.current) void cancelAdoption(gameId);
    },
    [gameId],
  );
  const change = (next: string): void => {
    setDraft(next);
    setProblem(null);
    setPlan(null);
  };
  const proceed = (): Promise<void> => (plan === null ? looking.ask() : adopting.ask());
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isFullPath(folder)) void proceed();
    else setProblem(text.game.move.folderProblem);
  };
  const { failure } = plan === null ? looking : adopting;
  const told = failure?.code === 'INSTALL_CANCELLED' ? null : failure;
  return (
    <form className={styles.form} onSubmit={submit}>
      <FolderField
        label={words.folder}
        hint={words.folderHint}
        problem={problem}
        purpose="adopt"
        value={draft}
        startAt={installFolder}
        readOnly={busy}
        maxLength={4096}
        onChange={change}
      />
      <div role="status">
        {looking.busy && <p>{words.looking}</p>}
        {plan !== null && <Found plan={plan} />}
      </div>
      {told !== null && <FailureCard failure={told} onRetry={proceed} gameId={gameId} />}
      <DialogActions>
        {looking.busy ? (
          <Button onClick={() => void cancelAdoption(gameId)}>{words.stop}</Button>
        ) : (
          <Button onClick={onClose}>{text.common.cancel}</Button>
        )}
        <Button type="submit" look="primary" aria-disabled={busy}>
          {plan === null ? words.look : words.confirm}
        </Button>
      </DialogActions>
    </form>
  );
}

/** What is known before anything is touched. */
function Found({ plan }: { readonly plan: InstallPlan }) {
  const { downloadBytes, fullBytes, diskPeakBytes, freeBytes, estimatedSeconds, assumedSpeed } = plan;
  const figures = [
    [words.kept, formatBytes(Math.max(0, fullBytes - downloadBytes))],
    [text.game.download, downloadBytes === 0 ? text.game.nothingToDownload : formatBytes(downloadBytes)],
    [text.game.diskPeak, formatBytes(diskPeakBytes)],
    [words.free, formatBytes(freeBytes)],
    [text.game.time, text.game.about({ duration: formatDuration(estimatedSeconds) })],
  ] as const;
  return (
    <dl className={styles.figures}>
      {figures.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {assumedSpeed !== null && (
        <div>
          <dt>{words.assumes}</dt>
          <dd>{text.game.assumedSpeed(assumedSpeed)}</dd>
        </div>
      )}
    </dl>
  );
}
