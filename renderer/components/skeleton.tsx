import { text } from '../text/text.ts';
import styles from './skeleton.module.css';

/** The shape of what is coming. It appears only after 100 ms, so that a quick answer never flashes. */
export function Skeleton({ className }: { readonly className?: string | undefined }) {
  return <span className={[styles.skeleton, className].filter(Boolean).join(' ')} aria-hidden />;
}

/** What a screen reader hears while skeletons are shown. */
export function LoadingNote() {
  return (
    <p role="status" className="visually-hidden">
      {text.common.loading}
    </p>
  );
}
