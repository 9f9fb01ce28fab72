import type { Command } from 'commander';
import { createApiClient } from '../../api/client.ts';
import { addVerb } from '../command/verb.ts';

export function registerLogout(program: Command): void {
  addVerb(program, {
    name: 'logout',
    summary: 'end the session of this machine',
    help: 'The service forgets the session too, if it can be reached.',
    examples: ['gantry logout'],
    run: async ({ output, sessions, signal }) => {
      const stored = await sessions.read();
      await sessions.remove();
      if (stored !== undefined) {
        const anonymous = createApiClient({ baseUrl: stored.server, fetch });
        await anonymous.logout({ body: { refreshToken: stored.refreshToken } }, { signal });
      }
      output.result(
        { signedOut: stored !== undefined },
        stored === undefined ? 'You were not signed in.' : 'Signed out.',
      );
    },
  });
}

export function registerWhoami(program: Command): void {
  addVerb(program, {
    name: 'whoami',
    summary: 'show the signed-in account',
    help: 'Account, service and the organisations you belong to.',
    examples: ['gantry whoami'],
    run: async ({ api, output, server, signal }) => {
      const account = await api.account({}, { signal });
      const organisations = account.organisations.map(
        (one) => `  ${one.organisationId}  ${one.name}, ${one.role}`,
      );
      output.result({ server, ...account }, [`${account.email} at ${server}`, ...organisations].join('\n'));
    },
  });
}
