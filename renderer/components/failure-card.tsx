import { CircleAlert } from 'lucide-react';
import type { Failure } from '../../preload/contract.ts';
import { text } from '../text/text.ts';
import { Button } from './button.tsx';
import { failureStep } from './failure-step.ts';
import styles from './failure-card.module.css';

interface FailureCardProps {
  readonly failure: Failure;
  /** What `retry` does here; without it a retry shows no button. */
  readonly onRetry?: (() => unknown) | undefined;
  readonly gameId?: string | undefined;
}

/** What happened, what to do next, and the one button that does it. */
export function FailureCard({ failure, onRetry, gameId }: FailureCardProps) {
  const step = failureStep(failure, { retry: onRetry, gameId });
  return (
    <section className={styles.card} role="alert">
      <CircleAlert className={styles.icon} aria-hidden />
      <div className={styles.words}>
        <p className={styles.message}>{failure.message}</p>
        <p className={styles.next}>{failure.next}</p>
        <p className={styles.code}>{text.failure.code({ code: failure.code })}</p>
      </div>
      {step !== null && (
        <Button onClick={() => void step.run()} className={styles.button}>
          {step.label}
        </Button>
      )}
    </section>
  );
}
