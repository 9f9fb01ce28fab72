import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import type { RequestResult } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { showFailure } from '../../state/notices.ts';
import { collectDiagnostics } from '../../state/launcher-slice.ts';
import { text } from '../../text/text.ts';
import styles from './section-layout.module.css';

const words = text.settings;

export function DiagnosticsSection() {
  const [bundle, setBundle] = useState<RequestResult<'launcher:diagnostics'> | null>(null);
  const [busy, setBusy] = useState(false);
  const collect = async (): Promise<void> => {
    setBusy(true);
    const answer = await collectDiagnostics();
    setBusy(false);
    if (answer.ok) setBundle(answer.value);
    else showFailure(answer.error);
  };
  return (
    <div>
      <p className={styles.note}>{words.diagnosticsText}</p>
      <div role="status">
        {bundle !== null && (
          <dl className={styles.support}>
            <div className={styles.pair}>
              <dt>{words.supportCode}</dt>
              <dd className={styles.copyable}>
                <span className={styles.code}>{bundle.supportCode}</span>
                <CopyButton value={bundle.supportCode} />
              </dd>
            </div>
            <div className={styles.pair}>
              <dt>{words.bundleFile}</dt>
              <dd className={styles.code}>{bundle.file}</dd>
            </div>
          </dl>
        )}
      </div>
      <p>
        <Button disabled={busy} onClick={() => void collect()} style={{ marginBlockStart: 'var(--space-4)' }}>
          {busy ? words.diagnosticsBusy : words.diagnosticsAction}
        </Button>
      </p>
    </div>
  );
}

function CopyButton({ value }: { readonly value: string }) {
  const [copied, setCopied] = useState(false);
  // A window without permission for the clipboard shows the code all the same, to be typed.
  const copy = (): Promise<void> =>
    navigator.clipboard.writeText(value).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <Button
      size="small"
      icon={copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      onClick={() => void copy()}
    >
      {copied ? text.common.copied : text.common.copy}
    </Button>
  );
}
