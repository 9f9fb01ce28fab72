import { CircleAlert } from 'lucide-react';
import type { Failure } from '../../preload/contract.ts';
import { text } from '../text/text.ts';
import { Button } from './button.tsx';
import { failureStep } from './failure-step.ts';
import { FailureCode, FailureWhy } from './failure-why.tsx';
import styles from './failure-card.module.css';

interface FailureCardProps {
  readonly failure: Failure;
  /** What `retry` does here; without it a retry shows no button. */
  readonly onRetry?: (() => unknown) | undefined;
  readonly gameId?: string | undefined;
  /** When it is tried again without the player. */
  readonly retriesAt?: string | null | undefined;
}

/** What happened and why, what was found, what to do next, and the one button that does it. */
export function FailureCard({ failure, onRetry, gameId, retriesAt = null }: FailureCardProps) {
  const step = failureStep(failure, { retry: onRetry, gameId });
  return (
    <section className={styles.card} role="alert">
      <CircleAlert className={styles.icon} aria-hidden />
      <div className={styles.words}>
        <p className={styles.message}>{failure.message}</p>
        <FailureWhy failure={failure} />
        <p>{failure.next}</p>
        {retriesAt !== null && <p>{text.failure.triesAgain({ at: retriesAt })}</p>}
        <FailureCode failure={failure} />
      </div>
      {step !== null && (
        <Button onClick={() => void step.run()} className={styles.button}>
          {step.label}
        </Button>
      )}
    </section>
  );
}
