import { writeDiagnostics } from './diagnostics/diagnostics.ts';
import type { Log } from './diagnostics/log.ts';
import type { RequestHandlers } from './dispatch.ts';
import { launcherErrors } from './launcher-errors.ts';
import type { LauncherServices } from './launcher-services.ts';
import type { Refresher } from './library/refresher.ts';
import type { LauncherPorts } from './ports.ts';

export interface HandlerInput {
  readonly ports: LauncherPorts;
  readonly services: LauncherServices;
  readonly log: Log;
  readonly refresher: Pick<Refresher, 'refresh' | 'freshen'>;
}

/** Every request of the bridge, answered by the service that owns it. */
export function createHandlers(input: HandlerInput): RequestHandlers {
  return {
    ...sessionHandlers(input),
    ...libraryHandlers(input),
    ...installHandlers(input),
    ...downloadHandlers(input),
    ...playHandlers(input),
    ...launcherHandlers(input),
  };
}

type Handlers<Prefix extends string> = Pick<
  RequestHandlers,
  Extract<keyof RequestHandlers, `${Prefix}:${string}`>
>;

function sessionHandlers({ services, refresher }: HandlerInput): Handlers<'session'> {
  const { session, api, library, quests, state } = services;
  /** Another player's games and rewards must not show, not even for a moment. */
  const enter = async (signIn: () => Promise<void>) => {
    const before = state.get('session');
    await signIn();
    const now = state.get('session');
    const same =
      before.status === 'signed-in' && now.status === 'signed-in' && before.accountId === now.accountId;
    if (!same) await quests.forget();
    // Signed in even where the library cannot be fetched: its slice says so.
    await refresher.refresh().catch(() => null);
  };
  return {
    'session:sign-in': (credentials) => enter(() => session.signIn(credentials)).then(toNull),
    'session:register': (account) => enter(() => session.register(account)).then(toNull),
    'session:sign-out': async () => {
      await session.signOut();
      await library.forget();
      await quests.forget();
      return null;
    },
    'session:list': async () => (await api.accountSessions({})).sessions,
    'session:revoke': ({ sessionId }) => api.revokeAccountSession({ params: { sessionId } }).then(toNull),
  };
}

function libraryHandlers({ services, refresher }: HandlerInput): Handlers<'library'> {
  const { library } = services;
  return {
    'library:refresh': () => refresher.refresh().then(toNull),
    'library:freshen': () => refresher.freshen().then(toNull),
    'library:set-favourite': ({ gameId, favourite }) => {
      library.game(gameId);
      return library.setPreference(gameId, { favourite }).then(toNull);
    },
  };
}

function installHandlers({ services, ports }: HandlerInput): Handlers<'install'> {
  const { installs, library } = services;
  return {
    'install:plan': ({ gameId, reason }) => installs.plan(gameId, reason),
    'install:plan-adoption': ({ gameId, folder }) => installs.plan(gameId, 'adopt', folder),
    'install:cancel-adoption': async ({ gameId }) => {
      installs.cancelAdoption(gameId);
      return null;
    },
    'install:adopt': ({ gameId, folder }) => installs.adopt(gameId, folder).then(toNull),
    'install:move': ({ gameId, folder }) => installs.relocate(gameId, folder).then(toNull),
    'install:roll-back': ({ gameId }) => installs.rollBack(gameId).then(toNull),
    'install:read-kept': ({ gameId }) => installs.readKept(gameId),
    'install:start': ({ gameId }) => installs.install(gameId).then(toNull),
    'install:update': ({ gameId }) => installs.update(gameId).then(toNull),
    'install:preload': ({ gameId }) => installs.preload(gameId).then(toNull),
    'install:verify': ({ gameId }) => installs.verify(gameId).then(toNull),
    'install:repair': ({ gameId }) => installs.repair(gameId).then(toNull),
    'install:pause': ({ gameId }) => installs.pause(gameId).then(toNull),
    'install:resume': ({ gameId }) => installs.resume(gameId).then(toNull),
    'install:cancel': ({ gameId }) => installs.cancel(gameId).then(toNull),
    'install:uninstall': ({ gameId, keepSaves }) => installs.uninstall(gameId, keepSaves).then(toNull),
    'install:set-channel': async ({ gameId, channel }) => {
      await library.setChannel(gameId, channel);
      await installs.queueAutomaticUpdates();
      return null;
    },
    'install:set-update-policy': async ({ gameId, updatePolicy }) => {
      library.game(gameId);
      await library.setPreference(gameId, { updatePolicy });
      await installs.queueAutomaticUpdates();
      return null;
    },
    'install:open-folder': async ({ gameId }) => {
      const record = library.installed(gameId);
      if (record === undefined) throw launcherErrors.error('INSTALL_NOT_INSTALLED', { gameId });
      await ports.opener.openFolder(record.folder);
      return null;
    },
  };
}

function downloadHandlers({ services }: HandlerInput): Handlers<'downloads'> {
  const { installs } = services;
  return {
    'downloads:pause-all': () => installs.pauseAll().then(toNull),
    'downloads:resume-all': () => installs.resumeAll().then(toNull),
    'downloads:move': ({ gameId, position }) => installs.move(gameId, position).then(toNull),
    'downloads:clear-finished': async () => {
      installs.clearFinished();
      return null;
    },
  };
}

function playHandlers({ services }: HandlerInput): Handlers<'game'> & Handlers<'quest'> {
  const { play, library, quests } = services;
  return {
    'game:launch': ({ gameId }) => play.launch(gameId).then(toNull),
    'game:stop': ({ gameId }) => play.stop(gameId).then(toNull),
    'game:set-launch-arguments': (argument) => {
      library.game(argument.gameId);
      return library.setPreference(argument.gameId, { launchArguments: argument.arguments }).then(toNull);
    },
    'quest:refresh': () => quests.refresh().then(toNull),
    'quest:claim': ({ questId }) => quests.claim(questId),
  };
}

function launcherHandlers({
  services,
  ports,
  log,
}: HandlerInput): Handlers<'state'> & Handlers<'settings'> & Handlers<'launcher'> {
  const { state, settings, updates } = services;
  return {
    'state:read': async () => state.snapshot(),
    'settings:update': (change) => settings.update(withoutUndefined(change)).then(toNull),
    'launcher:choose-folder': async ({ purpose, startAt }) => {
      const folder = await ports.chooseFolder?.({ title: FOLDER_TITLES[purpose], startAt });
      return { folder: folder ?? null };
    },
    'launcher:open-captive-portal': () => ports.opener.openPage(portalProbe(ports.serviceUrl)).then(toNull),
    'launcher:open-clock-settings': () => ports.opener.openClockSettings().then(toNull),
    'launcher:check-update': () => updates.check().then(toNull),
    'launcher:restart-to-update': () => updates.restartToUpdate().then(toNull),
    'launcher:diagnostics': () =>
      writeDiagnostics({
        profileFolder: ports.profileFolder,
        home: ports.home,
        version: ports.version,
        state,
        log,
        now: ports.clock.now,
      }),
  };
}

/** What the system's window says above its folders. */
const FOLDER_TITLES = {
  install: 'Choose where new games go',
  move: 'Choose the game’s new folder',
  adopt: 'Choose the folder that holds the game',
} as const;

/** The service's host without TLS: only such a request can be answered by a network's sign-in page. */
function portalProbe(serviceUrl: string): string {
  const { protocol, hostname, host } = new URL(serviceUrl);
  return `http://${protocol === 'https:' ? hostname : host}/`;
}

/** A key given as undefined means "unchanged", which is the key's absence. */
function withoutUndefined<Value extends object>(value: Value) {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>;
  };
}

function toNull(): null {
  return null;
}
