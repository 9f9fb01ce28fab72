import { text } from '../../text/text.ts';

export interface AccountForm {
  readonly mode: 'sign-in' | 'register';
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
}

export type Problems = Partial<Record<'email' | 'password' | 'displayName', string>>;

/** What can be said before asking the service. @returns `{}` for a form that may be sent. */
export function findProblems(form: AccountForm): Problems {
  const problems: Problems = {};
  const { required, emailInvalid, passwordShort } = text.signIn;
  if (form.email.trim() === '') problems.email = required;
  // The service has the last word on addresses; this only catches the slip of the keyboard.
  else if (!/^\S+@\S+$/.test(form.email.trim())) problems.email = emailInvalid;
  if (form.password === '') problems.password = required;
  else if (form.mode === 'register' && form.password.length < 8) problems.password = passwordShort;
  if (form.mode === 'register' && form.displayName.trim() === '') problems.displayName = required;
  return problems;
}
