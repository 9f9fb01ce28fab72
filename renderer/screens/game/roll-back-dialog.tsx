import type { BuildSummary, LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogActions } from '../../components/dialog.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { rollBackInstall } from '../../state/library-slice.ts';
import { text } from '../../text/text.ts';
import styles from './dialog-form.module.css';
import { useAsked } from './use-asked.ts';
import type { Kept } from './use-kept.ts';

const words = text.game.rollBack;

interface RollBackDialogProps {
  readonly game: LibraryGame;
  /** The version that is installed. */
  readonly installed: string;
  readonly previous: BuildSummary;
  readonly kept: Kept;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function RollBackDialog(props: RollBackDialogProps) {
  const { game, installed, previous, open, onClose } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={words.title({ title: game.title, version: previous.version })}
      description={words.text({ installed, version: previous.version })}
    >
      <Question {...props} />
    </Dialog>
  );
}

function Question({ game, previous, kept, onClose }: RollBackDialogProps) {
  const { busy, failure, ask } = useAsked(() => rollBackInstall(game.gameId), onClose);
  return (
    <div className={styles.form}>
      <ul className={styles.notes}>
        {kept.status === 'kept' && <li>{words.kept}</li>}
        {kept.status === 'gone' && <li>{words.fetch({ bytes: previous.downloadBytes })}</li>}
        <li>{words.saves}</li>
      </ul>
      {failure !== null && <FailureCard failure={failure} onRetry={ask} gameId={game.gameId} />}
      <DialogActions>
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button look="primary" aria-disabled={busy} onClick={() => void ask()}>
          {busy ? words.busy : words.confirm}
        </Button>
      </DialogActions>
    </div>
  );
}
