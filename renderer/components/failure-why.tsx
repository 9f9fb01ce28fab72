import type { Failure } from '../../preload/contract.ts';
import { text } from '../text/text.ts';
import styles from './failure-why.module.css';

/** Why it happened, and what was found on this computer. */
export function FailureWhy({ failure: { cause, findings } }: { readonly failure: Failure }) {
  return (
    <>
      {cause !== '' && <p className={styles.quiet}>{cause}</p>}
      {findings.length > 0 && (
        <ul className={styles.findings} aria-label={text.failure.findings}>
          {findings.map((finding) => (
            <li key={finding}>{finding}</li>
          ))}
        </ul>
      )}
    </>
  );
}

/** What the player tells support. */
export function FailureCode({ failure }: { readonly failure: Failure }) {
  return <p className={styles.code}>{text.failure.code(failure)}</p>;
}
