import { CloudOff } from 'lucide-react';
import { useConnection } from '../state/connection-slice.ts';
import { formatAgo } from '../text/format.ts';
import { text } from '../text/text.ts';
import styles from './connection-banner.module.css';

/** Said once, calmly, at the top; the live region stays so that a change is read out. */
export function ConnectionBanner() {
  const status = useConnection((connection) => connection.status);
  const lastOnlineAt = useConnection((connection) => connection.lastOnlineAt);
  return (
    <div role="status" aria-live="polite">
      {status !== 'online' && (
        <p className={styles.banner}>
          <CloudOff aria-hidden className={styles.icon} />
          <span>{status === 'offline' ? text.connection.offline : text.connection.serviceDown}</span>
          {lastOnlineAt !== null && (
            <span className={styles.since}>
              {text.connection.lastOnline({ ago: formatAgo(lastOnlineAt) })}
            </span>
          )}
        </p>
      )}
    </div>
  );
}
