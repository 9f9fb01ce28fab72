import type { Command } from 'commander';
import { createApiClient } from '../../api/client.ts';
import { type CommonOptions, nameDevice, toStoredSession } from '../command/context.ts';
import { type CredentialOptions, readCredentials } from '../account/credentials.ts';
import { addVerb } from '../command/verb.ts';

export function registerLogin(program: Command): void {
  addVerb<CommonOptions & CredentialOptions>(program, {
    name: 'login',
    summary: 'sign in to a Gantry service',
    help: `Asks for what is not given. Signing in replaces the session this machine had.`,
    examples: [
      'gantry login',
      'gantry login --server https://gantry.example.com --email ada@studio.example',
      'echo "$PASSWORD" | gantry login --email ada@studio.example --password-stdin',
    ],
    options: [
      ['--email <email>', 'the account (or GANTRY_EMAIL)'],
      ['--password-stdin', 'read the password from standard input (or GANTRY_PASSWORD)'],
    ],
    run: async ({ output, server, sessions, signal }, options) => {
      const credentials = await readCredentials(options);
      const anonymous = createApiClient({ baseUrl: server, fetch });
      const session = await anonymous.login({ body: { ...credentials, device: nameDevice() } }, { signal });
      await sessions.write(toStoredSession(server, session));
      const { account } = session;
      const organisations = account.organisations.map((one) => `${one.name} (${one.role})`).join(', ');
      output.result(
        { server, ...account },
        `Signed in to ${server} as ${account.email}${organisations === '' ? '' : `, ${organisations}`}.`,
      );
    },
  });
}
