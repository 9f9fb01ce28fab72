import { useCallback, useEffect, useState } from 'react';
import type { Failure, RequestResult } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { showFailure } from '../../state/notices.ts';
import { listSessions, revokeSession, signOut, useSession } from '../../state/session-slice.ts';
import { formatAgo } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './section-layout.module.css';

const words = text.settings;

export function AccountSection() {
  const session = useSession();
  if (session.status !== 'signed-in') return null;
  return (
    <div className={styles.fields}>
      <div>
        <dl>
          <div className={styles.pair}>
            <dt>{words.accountName}</dt>
            <dd>{session.displayName}</dd>
          </div>
          <div className={styles.pair}>
            <dt>{words.accountEmail}</dt>
            <dd>{session.email}</dd>
          </div>
        </dl>
        {!session.remembered && <p className={styles.note}>{words.notRemembered}</p>}
      </div>
      <Sessions />
      <div>
        <Button onClick={() => void signOut()}>{words.signOut}</Button>
      </div>
    </div>
  );
}

type Sessions = RequestResult<'session:list'>;

function Sessions() {
  const [sessions, setSessions] = useState<Sessions | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const load = useCallback(async (): Promise<void> => {
    const answer = await listSessions();
    setFailure(answer.ok ? null : answer.error);
    if (answer.ok) setSessions(answer.value);
  }, []);
  useEffect(() => {
    const first = async (): Promise<void> => {
      await load();
    };
    void first();
  }, [load]);
  const revoke = async (sessionId: string): Promise<void> => {
    const answer = await revokeSession(sessionId);
    if (answer.ok) await load();
    else showFailure(answer.error);
  };
  return (
    <section aria-labelledby="sessions">
      <h3 id="sessions" className={styles.title}>
        {words.sessions}
      </h3>
      <p className={styles.hint}>{words.sessionsHint}</p>
      {failure !== null && <FailureCard failure={failure} onRetry={load} />}
      {sessions === null && failure === null && <Skeleton className={styles.session} />}
      <ul>
        {sessions?.map((session) => (
          <li key={session.sessionId} className={styles.session}>
            <div className={styles.device}>
              <span>{session.device}</span>
              <span className={styles.hint}>
                {session.current ? words.thisDevice : words.lastUsed({ ago: formatAgo(session.lastUsedAt) })}
              </span>
            </div>
            {!session.current && (
              <Button
                size="small"
                aria-label={words.revokeNamed({ device: session.device })}
                onClick={() => void revoke(session.sessionId)}
              >
                {words.revoke}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
