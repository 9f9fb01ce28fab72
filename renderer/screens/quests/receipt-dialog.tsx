import { Check } from 'lucide-react';
import type { Receipt } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { GameArt } from '../../components/game-art.tsx';
import { useGame } from '../../state/library-slice.ts';
import { useQuests } from '../../state/quests-slice.ts';
import { formatDayAndTime, formatPoints } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './receipt-dialog.module.css';

const words = text.quests;

interface ReceiptDialogProps {
  /** Kept while the dialog closes, so that it does not empty itself on the way out. */
  readonly receipt: Receipt | null;
  readonly open: boolean;
  readonly onClose: () => void;
  /** Just booked, so the balance is worth showing. */
  readonly fresh?: boolean;
}

/** A booked reward as a stub one could keep. */
export function ReceiptDialog({ receipt, open, onClose, fresh = false }: ReceiptDialogProps) {
  const balance = useQuests((state) => state.balancePoints);
  const game = useGame(receipt?.gameId ?? '');
  if (receipt === null) return null;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      className={styles.dialog}
      finalFocus={fresh ? nextStop : undefined}
      title={
        <span className={styles.title}>
          <Check aria-hidden />
          {words.receiptTitle}
        </span>
      }
      actions={<Button onClick={onClose}>{words.receiptDone}</Button>}
    >
      <p className={styles.points}>
        <span className={styles.amount}>{words.plusPoints({ points: receipt.points })}</span>{' '}
        {words.pointsWord({ points: receipt.points })}
      </p>
      <div className={styles.tear} aria-hidden />
      <dl className={styles.facts}>
        <Fact label={words.receiptFor} value={receipt.questTitle} />
        {game !== undefined && (
          <div>
            <dt>{words.receiptGame}</dt>
            <dd className={styles.game}>
              <GameArt game={game} kind="icon" className={styles.icon} />
              {game.title}
            </dd>
          </div>
        )}
        <Fact label={words.receiptTime} value={formatDayAndTime(receipt.at)} />
        {fresh && <Fact label={words.receiptBalance} value={formatPoints(balance)} />}
        <Fact label={words.receiptNumber} value={receipt.receiptId} code />
      </dl>
    </Dialog>
  );
}

/** The button that claimed is gone with its quest, so the screen's heading takes the focus. */
const nextStop = (): HTMLElement | null => document.querySelector('main h1');

interface FactProps {
  readonly label: string;
  readonly value: string;
  readonly code?: boolean;
}

function Fact({ label, value, code = false }: FactProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className={code ? styles.code : undefined}>{value}</dd>
    </div>
  );
}
