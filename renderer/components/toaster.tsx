import { Toast } from '@base-ui/react/toast';
import { Check, CircleAlert, Info, X } from 'lucide-react';
import { openGame } from '../state/navigation-slice.ts';
import { notices, type NoticeData } from '../state/notices.ts';
import { text } from '../text/text.ts';
import { Button } from './button.tsx';
import { failureStep } from './failure-step.ts';
import { FailureCode, FailureWhy } from './failure-why.tsx';
import styles from './toaster.module.css';

const icons = { success: Check, info: Info, failure: CircleAlert } as const;

export function Toaster() {
  return (
    <Toast.Provider toastManager={notices} limit={3} timeout={6000}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport} aria-label={text.notices.label}>
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Toasts() {
  const { toasts } = Toast.useToastManager<NoticeData>();
  return toasts.map((toast) => {
    const kind = toast.data?.kind ?? 'info';
    const failure = toast.data?.failure ?? null;
    const Icon = icons[kind];
    return (
      <Toast.Root
        key={toast.id}
        toast={toast}
        className={styles.toast}
        data-kind={kind}
        swipeDirection="right"
        {...readable(kind)}
      >
        <Toast.Content className={styles.content}>
          <Icon className={styles.icon} aria-hidden />
          <div className={styles.words}>
            <Toast.Title className={styles.title} />
            {failure !== null && <FailureWhy failure={failure} />}
            <Toast.Description className={styles.text} />
            {failure !== null && <FailureCode failure={failure} />}
            <ToastStep data={toast.data} close={() => notices.close(toast.id)} />
          </div>
          <Toast.Close className={styles.close} aria-label={text.notices.dismiss} aria-hidden={undefined}>
            <X aria-hidden />
          </Toast.Close>
        </Toast.Content>
      </Toast.Root>
    );
  });
}

/**
 * The library hides an urgent toast from screen readers because it reads out a copy of its words, but the toast's
 * buttons can be focused all the same. Here it stays, and only its own announcement is off, so that it is read once.
 */
function readable(kind: NoticeData['kind']): React.AriaAttributes {
  return { 'aria-hidden': undefined, ...(kind === 'failure' && { 'aria-live': 'off' }) };
}

interface ToastStepProps {
  readonly data: NoticeData | undefined;
  readonly close: () => void;
}

/** The button of a toast: a failure's next step, or the game it speaks of. */
function ToastStep({ data, close }: ToastStepProps) {
  const step = stepOf(data);
  if (step === null) return null;
  const run = (): void => {
    close();
    step.run();
  };
  return (
    <Button size="small" onClick={run}>
      {step.label}
    </Button>
  );
}

function stepOf(data: NoticeData | undefined) {
  const failure = data?.failure ?? null;
  if (failure !== null) return failureStep(failure, {});
  const gameId = data?.gameId ?? null;
  return gameId === null ? null : { label: text.notices.open, run: () => openGame(gameId) };
}
