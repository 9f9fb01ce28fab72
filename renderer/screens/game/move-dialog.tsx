import { useState, type FormEvent } from 'react';
import type { LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogActions } from '../../components/dialog.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { FolderField } from '../../components/folder-field.tsx';
import { LocationList } from '../../components/location-list.tsx';
import { moveInstall } from '../../state/library-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { text } from '../../text/text.ts';
import styles from './dialog-form.module.css';
import { isFullPath, lastNameOf, within } from './folder-path.ts';
import { useAsked } from './use-asked.ts';

const words = text.game.move;

interface MoveDialogProps {
  readonly game: LibraryGame;
  /** Where the game is. */
  readonly folder: string;
  readonly sizeBytes: number;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function MoveDialog(props: MoveDialogProps) {
  const { game, folder, sizeBytes, open, onClose } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={words.title({ title: game.title })}
      description={words.text({ bytes: sizeBytes, folder })}
      className={styles.wide}
    >
      <MoveForm {...props} />
    </Dialog>
  );
}

function MoveForm({ game, folder, sizeBytes, onClose }: MoveDialogProps) {
  const [draft, setDraft] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const { busy, failure, ask } = useAsked((to: string) => moveInstall(game.gameId, to), onClose);
  const drives = useDrives(folder);
  const to = draft.trim();
  const drive = drives.find((each) => each.folder === to);
  const change = (next: string): void => {
    setDraft(next);
    setProblem(null);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (to === folder) setProblem(words.same);
    else if (!isFullPath(to)) setProblem(words.folderProblem);
    else void ask(to);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {drives.length > 0 && (
        <fieldset>
          <legend className={styles.title}>{words.drives}</legend>
          <LocationList locations={drives} value={to} onChange={change} />
        </fieldset>
      )}
      <FolderField
        label={words.folder}
        hint={words.folderHint}
        problem={problem}
        purpose="move"
        value={draft}
        startAt={folder}
        maxLength={4096}
        onChange={change}
      />
      {drive !== undefined && drive.freeBytes < sizeBytes && (
        <p className={styles.warning}>{text.game.tooSmall({ needed: sizeBytes, free: drive.freeBytes })}</p>
      )}
      {failure !== null && <FailureCard failure={failure} onRetry={() => ask(to)} gameId={game.gameId} />}
      <DialogActions>
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="primary" aria-disabled={busy}>
          {busy ? words.busy : words.confirm}
        </Button>
      </DialogActions>
    </form>
  );
}

/** The drives games can go to, each with the folder this game would have there; not the one it has. */
function useDrives(folder: string) {
  const locations = useSettings((state) => state.locations);
  return locations
    .map((location) => ({ ...location, folder: within(location.folder, lastNameOf(folder)) }))
    .filter((location) => location.folder !== folder);
}
