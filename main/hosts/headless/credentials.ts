import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { playerErrors } from './player-errors.ts';
import type { PlayerStreams } from './player-context.ts';

export interface CredentialOptions {
  readonly email?: string;
  readonly passwordStdin?: boolean;
}

/**
 * Who signs in: from the options, else `GANTRY_EMAIL` and `GANTRY_PASSWORD`, else asked on the terminal.
 * @throws {AppError} `PLAYER_CREDENTIALS_MISSING` where there is no terminal to ask on.
 */
export async function readCredentials(
  streams: PlayerStreams,
  options: CredentialOptions,
): Promise<{ email: string; password: string }> {
  const { environment } = streams;
  const email = options.email ?? environment['GANTRY_EMAIL'] ?? (await ask(streams, 'E-mail: ', false));
  if (options.passwordStdin === true) {
    return { email, password: (await text(streams.stdin)).replace(/\r?\n$/, '') };
  }
  return { email, password: environment['GANTRY_PASSWORD'] ?? (await ask(streams, 'Password: ', true)) };
}

async function ask(streams: PlayerStreams, question: string, hidden: boolean): Promise<string> {
  if (!streams.stdin.isTTY) throw playerErrors.error('PLAYER_CREDENTIALS_MISSING');
  streams.stderr.write(question);
  // The terminal echoes through readline's output; none, no echo.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({
    input: streams.stdin,
    output: hidden ? silent : streams.stderr,
    terminal: true,
  });
  try {
    return await prompt.question('');
  } finally {
    prompt.close();
    if (hidden) streams.stderr.write('\n');
  }
}
