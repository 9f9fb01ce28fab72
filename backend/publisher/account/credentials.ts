import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { publisherErrors } from '../publisher-errors.ts';

export interface CredentialOptions {
  readonly email?: string;
  readonly passwordStdin?: boolean;
}

/**
 * E-mail and password from options, the environment or, on a terminal, by asking.
 * @throws {AppError} `CLI_CREDENTIALS_MISSING` when there is nobody to ask.
 */
export async function readCredentials(
  options: CredentialOptions,
): Promise<{ email: string; password: string }> {
  const email = options.email ?? process.env['GANTRY_EMAIL'] ?? (await ask('E-mail: ', 'e-mail', false));
  if (options.passwordStdin) return { email, password: (await text(process.stdin)).replace(/\r?\n$/, '') };
  const password = process.env['GANTRY_PASSWORD'] ?? (await ask('Password: ', 'password', true));
  return { email, password };
}

/** @throws {AppError} `CLI_CREDENTIALS_MISSING` when there is nobody to ask. */
export async function ask(question: string, what: string, hidden: boolean): Promise<string> {
  if (!process.stdin.isTTY) throw publisherErrors.error('CLI_CREDENTIALS_MISSING', { what });
  process.stderr.write(question);
  // readline echoes what is typed into its output: a hidden answer goes nowhere.
  const output = hidden ? new Writable({ write: (_piece, _encoding, done) => done() }) : process.stderr;
  const reader = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await reader.question('');
  } finally {
    reader.close();
    if (hidden) process.stderr.write('\n');
  }
}
