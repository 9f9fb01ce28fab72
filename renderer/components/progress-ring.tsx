import type { ReactNode } from 'react';
import styles from './progress-ring.module.css';

const radius = 26;
const length = 2 * Math.PI * radius;

interface ProgressRingProps {
  /** 0 to 1. */
  readonly fraction: number;
  readonly done: boolean;
  readonly children: ReactNode;
}

/** Progress around a small picture. The number stands in text beside it, so the ring is decoration. */
export function ProgressRing({ fraction, done, children }: ProgressRingProps) {
  return (
    <span className={styles.ring} data-done={done} aria-hidden>
      <svg viewBox="0 0 60 60">
        <circle cx="30" cy="30" r={radius} className={styles.track} />
        <circle
          cx="30"
          cy="30"
          r={radius}
          className={styles.fill}
          strokeDasharray={`${length * fraction} ${length}`}
          transform="rotate(-90 30 30)"
        />
      </svg>
      <span className={styles.middle}>{children}</span>
    </span>
  );
}
