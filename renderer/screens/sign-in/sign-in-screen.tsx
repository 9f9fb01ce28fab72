import { Eye, EyeOff } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import type { Failure } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureCard } from '../../components/failure-card.tsx';
import { HangarDrawing } from '../../components/hangar-drawing.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { TextField } from '../../components/text-field.tsx';
import { Mark } from '../../shell/mark.tsx';
import { register, signIn, useSession } from '../../state/session-slice.ts';
import { text } from '../../text/text.ts';
import { findProblems, type AccountForm, type Problems } from './account-form.ts';
import styles from './sign-in-screen.module.css';

export function SignInScreen() {
  const [mode, setMode] = useState<AccountForm['mode']>('sign-in');
  const words = text.signIn;
  const signingIn = mode === 'sign-in';
  return (
    <main className={styles.screen}>
      <div className={styles.picture}>
        <HangarDrawing />
      </div>
      <div className={styles.side}>
        <p className={styles.brand}>
          <Mark />
          {text.app.name}
        </p>
        <h1 className={styles.title}>{signingIn ? words.title : words.registerTitle}</h1>
        <p className={styles.lead}>{signingIn ? words.lead : words.registerLead}</p>
        <SignInForm key={mode} mode={mode} />
        <p className={styles.other}>
          {signingIn ? words.toRegister : words.toSignIn}
          <Button look="plain" onClick={() => setMode(signingIn ? 'register' : 'sign-in')}>
            {signingIn ? words.toRegisterAction : words.toSignInAction}
          </Button>
        </p>
      </div>
    </main>
  );
}

const empty: Omit<AccountForm, 'mode'> = { email: '', password: '', displayName: '' };

function SignInForm({ mode }: Pick<AccountForm, 'mode'>) {
  const words = text.signIn;
  const earlier = useSession((session) => (session.status === 'signed-out' ? session.failure : null));
  const [form, setForm] = useState(empty);
  const [problems, setProblems] = useState<Problems>({});
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const [passwordShown, setPasswordShown] = useState(false);
  const change = (part: Partial<typeof empty>): void => setForm({ ...form, ...part });

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const element = event.currentTarget;
    const found = findProblems({ mode, ...form });
    setProblems(found);
    if (Object.keys(found).length > 0) {
      const first = ['displayName', 'email', 'password'].find((name) => name in found) ?? 'email';
      element.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
      return;
    }
    setBusy(true);
    const { email, password } = form;
    const answer = mode === 'sign-in' ? await signIn({ email, password }) : await register(form);
    setBusy(false);
    setFailure(answer.ok ? null : answer.error);
  };

  const shown = failure ?? earlier;
  return (
    <form className={styles.form} noValidate onSubmit={(event) => void submit(event)}>
      {shown !== null && (
        <FailureCard failure={shown.action === 'sign-in' ? { ...shown, action: 'none' } : shown} />
      )}
      {mode === 'register' && (
        <TextField
          label={words.displayName}
          name="displayName"
          autoComplete="nickname"
          value={form.displayName}
          problem={problems.displayName ?? null}
          onChange={(event) => change({ displayName: event.target.value })}
        />
      )}
      <TextField
        label={words.email}
        name="email"
        type="email"
        autoComplete="username"
        value={form.email}
        problem={problems.email ?? null}
        onChange={(event) => change({ email: event.target.value })}
      />
      <TextField
        label={words.password}
        name="password"
        type={passwordShown ? 'text' : 'password'}
        autoComplete={mode === 'sign-in' ? 'current-password' : 'new-password'}
        hint={mode === 'register' ? words.passwordHint : undefined}
        value={form.password}
        problem={problems.password ?? null}
        onChange={(event) => change({ password: event.target.value })}
        after={
          <IconButton
            label={passwordShown ? words.hidePassword : words.showPassword}
            onClick={() => setPasswordShown(!passwordShown)}
          >
            {passwordShown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
          </IconButton>
        }
      />
      <Button type="submit" look="primary" size="large" disabled={busy} className={styles.submit}>
        {submitLabel(mode, busy)}
      </Button>
    </form>
  );
}

function submitLabel(mode: AccountForm['mode'], busy: boolean): string {
  const words = text.signIn;
  if (mode === 'sign-in') return busy ? words.busy : words.submit;
  return busy ? words.registerBusy : words.registerSubmit;
}
