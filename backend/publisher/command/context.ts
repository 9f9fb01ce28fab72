import { hostname } from 'node:os';
import { type ApiClient, createApiClient } from '../../api/client.ts';
import type { Session } from '../../api/contract.ts';
import { DEFAULT_SERVER } from '../account/default-server.ts';
import type { Output } from './output.ts';
import { publisherErrors } from '../publisher-errors.ts';
import { findHomeFolder, SessionFile, type StoredSession } from '../account/session-file.ts';
import { SigningKeys } from '../signing/signing-keys.ts';

/** An access token this close to its end is renewed first, so that it does not expire on the way. */
const RENEW_BEFORE_MS = 30_000;

/** The options every verb has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly yes?: boolean;
  readonly server?: string;
}

/** What every verb works with. */
export interface OfflineContext {
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a verb that speaks to the service works with. */
export interface CliContext extends OfflineContext {
  readonly sessions: SessionFile;
  /** The keys this machine signs with. */
  readonly keys: SigningKeys;
  /** Given by option or environment, else that of the session, else the default. */
  readonly server: string;
  /** The signed-in client. @throws {AppError} `CLI_NOT_SIGNED_IN` at its first call. */
  readonly api: ApiClient;
}

export async function createContext(options: CommonOptions, offline: OfflineContext): Promise<CliContext> {
  const home = findHomeFolder(process.env);
  const sessions = new SessionFile(home);
  const stored = await sessions.read();
  const server = options.server ?? process.env['GANTRY_SERVER'] ?? stored?.server ?? DEFAULT_SERVER;
  const anonymous = createApiClient({ baseUrl: server, fetch });
  return {
    ...offline,
    sessions,
    keys: new SigningKeys(home, process.env),
    server,
    api: createApiClient({
      baseUrl: server,
      fetch,
      userAgent: 'gantry-cli',
      accessToken: async () => await provideAccessToken(sessions, server, anonymous),
    }),
  };
}

async function provideAccessToken(
  sessions: SessionFile,
  server: string,
  anonymous: ApiClient,
): Promise<string> {
  const stored = await sessions.read();
  if (stored === undefined || stored.server !== server)
    throw publisherErrors.error('CLI_NOT_SIGNED_IN', { server });
  if (Date.parse(stored.accessTokenExpiresAt) - Date.now() > RENEW_BEFORE_MS) return stored.accessToken;
  const renewed = await anonymous.refresh({ body: { refreshToken: stored.refreshToken } });
  await sessions.write(toStoredSession(server, renewed));
  return renewed.accessToken;
}

export function toStoredSession(server: string, session: Session): StoredSession {
  const { refreshToken, accessToken, accessTokenExpiresAt, account } = session;
  return { server, email: account.email, refreshToken, accessToken, accessTokenExpiresAt };
}

/** How this machine is listed among the account's sessions. */
export function nameDevice(): string {
  return `gantry on ${hostname()}`;
}
