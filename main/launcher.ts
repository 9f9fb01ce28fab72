import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createApiClient } from '../backend/api/client.ts';
import { ServerTime } from '../patcher/download/connection/server-time.ts';
import { assertCryptoWorks } from '../patcher/trust/crypto-self-test.ts';
import type { Answer, EventName, EventValue, LauncherSlices, Snapshot } from '../preload/contract.ts';
import { createConnection } from './connection/connection.ts';
import { createFailureDoctor } from './diagnostics/failure-doctor.ts';
import { createLog, type Log } from './diagnostics/log.ts';
import { createDispatcher } from './dispatch.ts';
import { toAppError } from './failure.ts';
import { createInstallQueue, queueSchema } from './installs/jobs/install-queue.ts';
import { createInstalls, type InstallsService } from './installs/installs.ts';
import { createSpeedMemory, measuredSpeedsSchema, noSpeeds } from './installs/downloads/measured-speeds.ts';
import { createOutcomeReporter, pendingOutcomesSchema } from './installs/outcomes.ts';
import { createHandlers } from './launcher-handlers.ts';
import type { LauncherServices } from './launcher-services.ts';
import { createArt, type Art } from './library/art.ts';
import { createLibrary, type LibraryService } from './library/library.ts';
import { createRefresher } from './library/refresher.ts';
import {
  gamePreferencesSchema,
  installedRecordsSchema,
  libraryCacheSchema,
} from './library/library-cache.ts';
import { parseDeepLink } from './links/deep-link.ts';
import { createGamePorts, gamePortsSchema } from './play/game-ports.ts';
import { createPlay, type PlayService } from './play/play.ts';
import type { LauncherPorts } from './ports.ts';
import { openDocument } from './profile/document.ts';
import { makeProfileFolder } from './profile/profile-folder.ts';
import { createQuests, questCacheSchema } from './quests/quests.ts';
import { createSession, storedAccountSchema } from './session/session.ts';
import { defaultSettings, openSettings } from './settings/settings.ts';
import { createStateStore } from './state/state-store.ts';
import { createTrustService } from './trust/trust-service.ts';
import { createLauncherUpdate, updateMemorySchema } from './updates/launcher-update.ts';

/** The launcher without a window: what the three hosts carry. */
export interface Launcher {
  /** Do one request of the bridge's contract. Never throws. */
  readonly handle: (name: string, argument: unknown) => Promise<Answer<unknown>>;
  readonly snapshot: () => Snapshot;
  readonly on: <Name extends EventName>(
    name: Name,
    listener: (value: EventValue<Name>) => void,
  ) => () => void;
  /** Pictures of games for the host's own origin. */
  readonly art: (gameId: string, kind: string) => Promise<Art | null>;
  /** Show what a `gantry://` link names; a link of another grammar only leaves a notice. */
  readonly openLink: (link: string) => void;
  /** Resume the session, show the library, go on with what was queued. Resolves when the first library is known. */
  readonly start: () => Promise<void>;
  /** For hosts that drive the launcher without a renderer. */
  readonly services: LauncherServices;
  readonly log: Log;
  readonly close: () => Promise<void>;
}

/** What still asks the service when the launcher closes gets this long. */
const CLOSE_WAIT_MS = 2_000;
/** Every stored file of the profile has this version until its meaning changes. */
const PROFILE_VERSION = 1;

/**
 * Compose the launcher's services over a host's ports.
 * @throws {AppError} `CRYPTO_UNFIT` before anything is touched, `PROFILE_NOT_WRITABLE`.
 */
export async function createLauncher(ports: LauncherPorts): Promise<Launcher> {
  assertCryptoWorks();
  await makeProfileFolder(ports.profileFolder);
  const { clock } = ports;
  const state = createStateStore(initialSlices(ports));
  const log = createLog({ profileFolder: ports.profileFolder, home: ports.home, now: clock.now });
  const documents = await openProfile(ports);

  const connection = createConnection({ state, clock, serviceUrl: ports.serviceUrl });
  const serverTime = new ServerTime(clock.now);
  const doctor = createFailureDoctor({
    environment: ports.environment,
    now: clock.now,
    clockSkewMs: () => serverTime.skewMs,
    write: log.write,
  });
  const clientOptions = { baseUrl: ports.serviceUrl, fetch: watchServerTime(ports.fetch, serverTime) };
  const anonymous = connection.watch(createApiClient(clientOptions));
  const session = createSession({
    api: anonymous,
    account: documents.account,
    state,
    clock,
    serviceUrl: ports.serviceUrl,
    profileFolder: ports.profileFolder,
    secrets: ports.secrets,
    device: ports.device,
  });
  const api = connection.watch(createApiClient({ ...clientOptions, accessToken: session.accessToken }));
  const settings = await openSettings({
    state,
    profileFolder: ports.profileFolder,
    now: clock.now,
    ...(ports.setStartWithSystem === undefined ? {} : { setStartWithSystem: ports.setStartWithSystem }),
  });

  // The library shows what installs and play are doing, and they need the library: it asks them late.
  const library: LibraryService = createLibrary({
    api,
    state,
    clock,
    platform: ports.platform,
    settings: settings.get,
    cache: documents.library,
    preferences: documents.preferences,
    installed: documents.installed,
    downloadOf: (gameId) => installs.downloadOf(gameId),
    isRunning: (gameId) => play.isRunning(gameId),
    updateBytesOf: (pair) => installs.updateBytesOf(pair),
  });
  const trust = createTrustService({
    api: anonymous,
    profileFolder: ports.profileFolder,
    serviceUrl: ports.serviceUrl,
    fetch: ports.fetch,
    // A clock that is behind would take what is over for fresh; a service can only make it later.
    now: () => Math.max(clock.now(), clock.now() - (serverTime.skewMs ?? 0)),
    environment: ports.environment,
    builtInRoot: ports.trustRoot,
    serviceGame: library.serviceGame,
    onDisagreement: () => void background('library', refresher.refresh),
  });
  const speeds = createSpeedMemory(documents.speeds);
  const patcher = ports.createPatcher({
    api,
    trust,
    keepPrevious: () => settings.get().keepPrevious,
    routing: () => ({ speeds: speeds.get(), prefer: settings.get().routePreference }),
  });
  const outcomes = createOutcomeReporter(api, documents.outcomes);
  const installs: InstallsService = createInstalls({
    patcher,
    library,
    state,
    clock,
    settings: settings.get,
    platform: ports.platform,
    queue: createInstallQueue(documents.queue),
    outcomes,
    speeds,
    doctor,
    isRunning: (gameId) => play.isRunning(gameId),
    isAnythingRunning: () => play.isAnythingRunning(),
  });
  const quests = createQuests({ api, state, cache: documents.quests });
  const background = createBackground(log);
  const play: PlayService = createPlay({
    api,
    library,
    patcher,
    state,
    clock,
    log,
    opener: ports.opener,
    gamePorts: createGamePorts(documents.ports),
    environment: ports.environment,
    ...(ports.gameOutput === undefined ? {} : { gameOutput: ports.gameOutput }),
    yieldFiles: installs.yieldTo,
    onChange: installs.onPlayChange,
    onCounted: () => void background('quests', quests.refresh),
  });
  const updates = createLauncherUpdate({
    updater: ports.updater ?? null,
    releaseKeys: ports.releaseKeys ?? [],
    version: ports.version,
    memory: documents.updates,
    state,
    clock,
  });
  settings.onChange(() => {
    installs.onSettingsChange();
    library.publish();
  });

  const services = { api, state, doctor, session, library, installs, play, quests, settings, updates };
  const refreshAll = async () => {
    if (state.get('session').status !== 'signed-in') return;
    await Promise.all([
      library.refresh().then(installs.queueAutomaticUpdates),
      background('quests', quests.refresh),
      background('outcomes', outcomes.flush),
    ]);
    void background('update sizes', installs.planUpdates);
  };
  const refresher = createRefresher({
    clock,
    work: refreshAll,
    quietly: (work) => background('library', work),
  });
  connection.onOnline(() => {
    installs.retryPassing();
    void background('library', refresher.refresh);
  });

  const dispatch = createDispatcher(createHandlers({ ports, services, log, refresher }), {
    diagnose: doctor.diagnose,
    onFault: (name, error) => log.write(`fault in ${name}: ${describe(error)}`),
  });
  let stopSizing: () => void = () => {};
  let closing: Promise<void> | undefined;
  let starting: Promise<void> | undefined;
  const startAll = async () => {
    library.publish();
    quests.showCached();
    updates.start();
    await background('settings', () => settings.refreshLocations());
    if (closing !== undefined) return;
    await session.restore();
    if (closing !== undefined) return;
    connection.start(anonymous);
    // A channel chosen, a policy changed, a check done: each may make an update wait whose size is not known.
    stopSizing = state.on('changed', ({ slice }) => {
      if (slice === 'library') void background('update sizes', installs.planUpdates);
    });
    refresher.start();
    await background('library', refresher.refresh);
    if (closing === undefined) installs.start();
  };
  return {
    handle: dispatch,
    snapshot: state.snapshot,
    on: state.on,
    art: createArt({ ...ports, library }),
    services,
    log,
    openLink: (link) => {
      try {
        state.openLink(parseDeepLink(link));
      } catch (error) {
        const { message, next } = toAppError(error);
        state.notice({ kind: 'failure', title: message, text: next, gameId: null });
      }
    },
    start: () => (starting ??= startAll()),
    close: () => {
      closing ??= (async () => {
        refresher.close();
        stopSizing();
        connection.close();
        updates.close();
        await play.close();
        await installs.close();
        await patcher.close();
        // Whoever began to start it hears of what went wrong there.
        await background.settled(starting?.catch(() => undefined));
        await Promise.all(Object.values(documents).map((document) => document.settled()));
        await log.flush();
      })();
      return closing;
    },
  };
}

/** The host's fetch, whose every answer also tells how late it is. */
function watchServerTime(fetch: typeof globalThis.fetch, time: ServerTime): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    time.note(response.headers);
    return response;
  };
}

/** Work whose failure is already in the state (stale, failed); the log keeps why. */
function createBackground(log: Log) {
  const running = new Set<Promise<void>>();
  const run = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      log.write(`${what}: ${describe(error)}`);
    }
  };
  const background = (what: string, work: () => Promise<void>): Promise<void> => {
    const task = run(what, work);
    running.add(task);
    return task.finally(() => running.delete(task));
  };
  /** All of it and of `other` has ended, or has been waited for long enough: a service that does not answer must not hold up closing. */
  const settled = async (other?: Promise<void>) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_WAIT_MS);
    await Promise.race([Promise.all([...running, other]), promise]);
    clearTimeout(timer);
  };
  return Object.assign(background, { settled });
}

function describe(error: unknown): string {
  const known = toAppError(error);
  const cause = known.cause instanceof Error ? ` (${known.cause.stack ?? known.cause.message})` : '';
  return `${known.code} ${known.message}${cause}`;
}

function initialSlices(ports: LauncherPorts): LauncherSlices {
  return {
    session: { status: 'starting' },
    connection: { status: 'online', serviceUrl: ports.serviceUrl, lastOnlineAt: null },
    library: { status: 'loading', games: [], failure: null },
    downloads: { queue: [], finished: [], throughput: [], allPaused: false },
    quests: { status: 'loading', quests: [], balancePoints: 0, history: [], failure: null },
    settings: { settings: defaultSettings(ports.profileFolder), locations: [] },
    launcher: {
      version: ports.version,
      host: ports.host,
      choosesFolders: ports.chooseFolder !== undefined,
      update: { status: 'unsupported' },
    },
  };
}

/** Every stored file of the profile but the settings, which have a service of their own. */
async function openProfile(ports: LauncherPorts) {
  const at = (name: string) => ({
    file: path.join(ports.profileFolder, `${name}.json`),
    version: PROFILE_VERSION,
    now: ports.clock.now,
  });
  return {
    account: await openDocument({ ...at('account'), schema: storedAccountSchema, defaults: null }),
    library: await openDocument({
      ...at('library'),
      schema: libraryCacheSchema.nullable(),
      defaults: null,
    }),
    preferences: await openDocument({ ...at('preferences'), schema: gamePreferencesSchema, defaults: {} }),
    installed: await openDocument({ ...at('installed'), schema: installedRecordsSchema, defaults: {} }),
    queue: await openDocument({ ...at('queue'), schema: queueSchema, defaults: [] }),
    outcomes: await openDocument({ ...at('outcomes'), schema: pendingOutcomesSchema, defaults: [] }),
    speeds: await openDocument({ ...at('speeds'), schema: measuredSpeedsSchema, defaults: noSpeeds }),
    ports: await openDocument({ ...at('ports'), schema: gamePortsSchema, defaults: {} }),
    quests: await openDocument({ ...at('quests'), schema: questCacheSchema, defaults: null }),
    updates: await openDocument({
      ...at('updates'),
      schema: updateMemorySchema,
      defaults: { highestVersion: ports.version, cohort: randomBytes(8).toString('hex') },
    }),
  };
}
