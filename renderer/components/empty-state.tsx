import type { ReactNode } from 'react';
import styles from './empty-state.module.css';

interface EmptyStateProps {
  readonly drawing: ReactNode;
  readonly title: string;
  readonly text: string;
  /** The next step. */
  readonly action?: ReactNode;
  readonly heading?: 'h1' | 'h2';
}

export function EmptyState({ drawing, title, text, action, heading: Heading = 'h2' }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      <div className={styles.drawing}>{drawing}</div>
      <Heading className={styles.title} tabIndex={Heading === 'h1' ? -1 : undefined}>
        {title}
      </Heading>
      <p className={styles.text}>{text}</p>
      {action}
    </div>
  );
}
