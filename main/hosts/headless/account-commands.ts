import type { Command } from 'commander';
import { formatBytes, formatTable } from '../../../patcher/terminal/quantities.ts';
import type { LibraryGame } from '../../../preload/contract.ts';
import { launcherErrors } from '../../launcher-errors.ts';
import { type CredentialOptions, readCredentials } from './credentials.ts';
import type { Act } from './player-cli.ts';
import { withPlayer, withSignedInPlayer } from './with-player.ts';

/** Signing in and out, and looking at the library. */
export function accountCommands(program: Command, act: Act): void {
  program
    .command('login')
    .description('Sign in')
    .option('--email <email>', 'the account (or GANTRY_EMAIL)')
    .option('--password-stdin', 'read the password from standard input (or GANTRY_PASSWORD)')
    .action(
      act((scope, options: CredentialOptions) =>
        withPlayer(scope, 'reads', async ({ services: { session, state } }) => {
          await session.signIn(await readCredentials(scope.streams, options));
          const { serviceUrl } = state.get('connection');
          const account = requireAccount(state.get('session'));
          scope.output.result({ ...account, server: serviceUrl }, [
            `Signed in as ${account.displayName} (${account.email}) at ${serviceUrl}.`,
          ]);
        }),
      ),
    );

  program
    .command('register')
    .description('Open an account and sign in')
    .option('--email <email>', 'your address (or GANTRY_EMAIL)')
    .requiredOption('--display-name <name>', 'what others see')
    .option('--password-stdin', 'read the password from standard input (or GANTRY_PASSWORD)')
    .action(
      act((scope, options: CredentialOptions & { readonly displayName: string }) =>
        withPlayer(scope, 'reads', async ({ services: { session, state } }) => {
          const credentials = await readCredentials(scope.streams, options);
          await session.register({ ...credentials, displayName: options.displayName });
          const { serviceUrl } = state.get('connection');
          const account = requireAccount(state.get('session'));
          scope.output.result({ ...account, server: serviceUrl }, [
            `Welcome, ${account.displayName}. You are signed in at ${serviceUrl}.`,
          ]);
        }),
      ),
    );

  program
    .command('logout')
    .description('Sign out and forget the session')
    .action(
      act((scope) =>
        withPlayer(scope, 'reads', async ({ services: { session } }) => {
          await session.signOut();
          scope.output.result({ signedOut: true }, ['Signed out.']);
        }),
      ),
    );

  program
    .command('whoami')
    .description('Show who is signed in')
    .action(
      act((scope) =>
        withPlayer(scope, 'reads', async ({ services: { session, state } }) => {
          await session.restore();
          const account = requireAccount(state.get('session'));
          const { serviceUrl, status } = state.get('connection');
          scope.output.result({ ...account, server: serviceUrl, connection: status }, [
            `${account.displayName} (${account.email}) at ${serviceUrl}${status === 'online' ? '' : ', which cannot be reached now'}`,
          ]);
        }),
      ),
    );

  program
    .command('list')
    .description('List your games')
    .option('--installed', 'only those on this machine')
    .action(
      act((scope, options: { installed?: boolean }) =>
        withSignedInPlayer(scope, 'reads', async ({ services: { state } }) => {
          const games = state
            .get('library')
            .games.filter((game) => options.installed !== true || game.install.status === 'installed');
          scope.output.result({ games: games.map(listedGame) }, [
            games.length === 0
              ? 'No games.'
              : formatTable([['GAME', 'CHANNEL', 'INSTALLED', 'NEWEST', 'SIZE'], ...games.map(row)]),
          ]);
        }),
      ),
    );
}

function requireAccount(session: {
  status: string;
  accountId?: string;
  email?: string;
  displayName?: string;
}) {
  const { accountId, email, displayName } = session;
  if (session.status !== 'signed-in' || accountId === undefined)
    throw launcherErrors.error('SESSION_SIGNED_OUT');
  return { accountId, email, displayName };
}

function listedGame(game: LibraryGame) {
  const { gameId, title, depot, channel, channels, latest, updateAvailable, updatePolicy, install } = game;
  const installed =
    install.status === 'installed'
      ? { buildId: install.build.buildId, version: install.build.version, folder: install.folder }
      : null;
  return { gameId, title, depot, channel, channels, latest, installed, updateAvailable, updatePolicy };
}

function row({ gameId, channel, install, latest }: LibraryGame): string[] {
  const installed =
    install.status === 'installed' ? install.build.version || String(install.build.buildId) : '–';
  const newest = latest === null ? '–' : latest.version || String(latest.buildId);
  return [gameId, channel, installed, newest, latest === null ? '–' : formatBytes(latest.sizeBytes)];
}
