import { useState } from 'react';
import type { Receipt } from '../../../preload/contract.ts';
import { Section } from '../../components/section.tsx';
import { useQuests } from '../../state/quests-slice.ts';
import { formatDayAndTime } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import { ReceiptDialog } from './receipt-dialog.tsx';
import styles from './reward-history.module.css';

const words = text.quests;

/** What was booked, newest first; each opens its receipt. */
export function RewardHistory() {
  const history = useQuests((state) => state.history);
  const [shown, setShown] = useState<Receipt | null>(null);
  const [open, setOpen] = useState(false);
  const show = (receipt: Receipt): void => {
    setShown(receipt);
    setOpen(true);
  };
  return (
    <Section title={words.history}>
      {history.length === 0 ? (
        <p className={styles.none}>{words.noHistory}</p>
      ) : (
        <ul>
          {history.map((receipt) => (
            <li key={receipt.receiptId} className={styles.item}>
              <button
                type="button"
                className={styles.receipt}
                aria-label={words.showReceipt({ title: receipt.questTitle })}
                onClick={() => show(receipt)}
              >
                <time dateTime={receipt.at} className={styles.when}>
                  {formatDayAndTime(receipt.at)}
                </time>
                <span className={styles.title}>{receipt.questTitle}</span>
                <span className={styles.points}>{words.plusPoints({ points: receipt.points })}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <ReceiptDialog receipt={shown} open={open} onClose={() => setOpen(false)} />
    </Section>
  );
}
