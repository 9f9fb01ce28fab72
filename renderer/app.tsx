import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { useEffect, useState } from 'react';
import type { Failure, LauncherBridge } from '../preload/contract.ts';
import styles from './app.module.css';
import { FailureCard } from './components/failure-card.tsx';
import { Toaster } from './components/toaster.tsx';
import { SignInScreen } from './screens/sign-in/sign-in-screen.tsx';
import { Shell } from './shell/shell.tsx';
import { useAppearance } from './shell/use-appearance.ts';
import { applyChange } from './state/apply-change.ts';
import { connectBridge, findBridge } from './state/bridge.ts';
import { startMirror } from './state/mirror.ts';
import { showNotice } from './state/notices.ts';
import { useSession } from './state/session-slice.ts';
import { text } from './text/text.ts';

export function App() {
  const [bridge] = useState(findBridge);
  if (bridge === null) return <NoBridge />;
  return (
    <CSPProvider disableStyleElements>
      <Tooltip.Provider delay={500}>
        <Connected bridge={bridge} />
        <Toaster />
      </Tooltip.Provider>
    </CSPProvider>
  );
}

function NoBridge() {
  return (
    <main className={styles.note}>
      <h1>{text.app.noBridgeTitle}</h1>
      <p>{text.app.noBridgeText}</p>
    </main>
  );
}

function Connected({ bridge }: { readonly bridge: LauncherBridge }) {
  const [attempt, setAttempt] = useState(0);
  useAppearance();
  return <Mirrored key={attempt} bridge={bridge} onRetry={() => setAttempt(attempt + 1)} />;
}

interface MirroredProps {
  readonly bridge: LauncherBridge;
  readonly onRetry: () => void;
}

/** Follows main for as long as it is shown; a new try is a new one of these. */
function Mirrored({ bridge, onRetry }: MirroredProps) {
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    const stops: (() => void)[] = [bridge.on('noticed', showNotice)];
    let over = false;
    const follow = async (): Promise<void> => {
      const start = await startMirror(bridge, applyChange);
      if (!start.ok) setFailure(start.failure);
      else if (over) start.stop();
      else stops.push(start.stop);
    };
    connectBridge(bridge);
    void follow();
    return () => {
      over = true;
      for (const stop of stops) stop();
    };
  }, [bridge]);
  if (failure !== null) return <StartFailed failure={{ ...failure, action: 'retry' }} onRetry={onRetry} />;
  return <Session />;
}

function StartFailed({ failure, onRetry }: { readonly failure: Failure; readonly onRetry: () => void }) {
  return (
    <main className={styles.note}>
      <h1>{text.app.startFailed}</h1>
      <FailureCard failure={failure} onRetry={onRetry} />
    </main>
  );
}

function Session() {
  const status = useSession((session) => session.status);
  switch (status) {
    case 'starting':
      return (
        <p role="status" className="visually-hidden">
          {text.app.starting}
        </p>
      );
    case 'signed-out':
      return <SignInScreen />;
    case 'signed-in':
      return <Shell />;
  }
}
