import type { LauncherState } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { useConnection } from '../../state/connection-slice.ts';
import { checkLauncherUpdate, restartToUpdate, useLauncher } from '../../state/launcher-slice.ts';
import { formatAgo } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './section-layout.module.css';

const words = text.settings;

export function AboutSection() {
  const { version, host, update } = useLauncher();
  const serviceUrl = useConnection((connection) => connection.serviceUrl);
  return (
    <div className={styles.fields}>
      <dl>
        <Pair label={words.version} value={version} />
        <Pair label={words.host} value={words.hosts[host]} />
        <Pair label={words.service} value={serviceUrl} />
      </dl>
      <div role="status">
        <LauncherUpdate update={update} />
      </div>
      <p className={styles.note}>{words.licences}</p>
    </div>
  );
}

function Pair({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div className={styles.pair}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function LauncherUpdate({ update }: Pick<LauncherState, 'update'>) {
  const check = <Button onClick={() => void checkLauncherUpdate()}>{words.checkUpdate}</Button>;
  switch (update.status) {
    case 'unsupported':
      return <p className={styles.note}>{words.updateUnsupported}</p>;
    case 'idle':
      return (
        <div className={styles.pair}>
          <p className={styles.note}>
            {update.checkedAt === null
              ? words.notChecked
              : words.checkedAgo({ ago: formatAgo(update.checkedAt) })}
          </p>
          {check}
        </div>
      );
    case 'checking':
      return <p className={styles.note}>{words.checking}</p>;
    case 'downloading': {
      const label = text.launcherUpdate.downloading(update);
      return (
        <>
          <p className={styles.note}>{label}</p>
          <ProgressBar label={label} fraction={update.fraction} />
        </>
      );
    }
    case 'ready':
      return (
        <>
          <div className={styles.pair}>
            <p>{words.updateReady(update)}</p>
            <Button look="primary" onClick={() => void restartToUpdate()}>
              {words.restart}
            </Button>
          </div>
          <p className={styles.note}>{update.notes}</p>
        </>
      );
    case 'failed':
      return <FailureCard failure={update.failure} onRetry={checkLauncherUpdate} />;
  }
}
