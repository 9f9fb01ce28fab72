import type { ApiClient } from '../../backend/api/client.ts';
import type { LaunchTarget, Manifest } from '../../patcher/formats/manifest.ts';
import { type Clock, toTimestamp } from '../clock.ts';
import type { Log } from '../diagnostics/log.ts';
import { toAppError, toFailure } from '../failure.ts';
import type { PatcherPort } from '../installs/patcher-port.ts';
import { launcherErrors } from '../launcher-errors.ts';
import type { LibraryService } from '../library/library.ts';
import type { InstalledRecord } from '../library/library-cache.ts';
import type { StateStore } from '../state/state-store.ts';
import { startExecutableRun } from './executable-run.ts';
import type { GameReports, GameRun, Opener } from './game-host.ts';
import type { GamePorts } from './game-ports.ts';
import { type PlayReporter, startPlayReporter } from './play-reporter.ts';
import { startWebRun } from './web-run.ts';

export interface PlayPorts {
  readonly api: Pick<ApiClient, 'beginPlay' | 'heartbeat' | 'endPlay'>;
  readonly library: LibraryService;
  readonly patcher: Pick<PatcherPort, 'installedManifest'>;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly opener: Opener;
  readonly gamePorts: GamePorts;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly gameOutput?: 'ignore' | 'inherit';
  /** Before a game's files are opened: whatever works on them stops. */
  readonly yieldFiles: (gameId: string) => Promise<void>;
  /** A game started or ended. */
  readonly onChange: () => void;
  /** The service counted play time. */
  readonly onCounted: () => void;
}

export interface PlayResult {
  readonly exitCode: number | null;
  readonly seconds: number;
  /** The service knew of it; false for offline play. */
  readonly attested: boolean;
}

export interface PlayService {
  /** Resolves when the game has started. */
  readonly launch: (gameId: string) => Promise<void>;
  readonly stop: (gameId: string) => Promise<void>;
  readonly isRunning: (gameId: string) => boolean;
  readonly isAnythingRunning: () => boolean;
  /** How a running game ends. */
  readonly ended: (gameId: string) => Promise<PlayResult>;
  readonly close: () => Promise<void>;
}

interface Running {
  run: GameRun | null;
  readonly result: Promise<PlayResult>;
  readonly settle: PromiseWithResolvers<PlayResult>;
}

/** Play time is written this often while a game runs, so that a crash of the machine costs a minute at most. */
const SAVE_PERIOD_MS = 60_000;

export function createPlay(ports: PlayPorts): PlayService {
  const running = new Map<string, Running>();

  const changed = () => {
    ports.library.publish();
    ports.onChange();
  };

  const launch = async (gameId: string) => {
    const record = ports.library.installed(gameId);
    if (record === undefined) {
      ports.library.game(gameId);
      throw launcherErrors.error('INSTALL_NOT_INSTALLED', { gameId });
    }
    if (running.has(gameId)) throw launcherErrors.error('PLAY_ALREADY_RUNNING', { gameId });
    const settle = Promise.withResolvers<PlayResult>();
    const entry: Running = { run: null, result: settle.promise, settle };
    running.set(gameId, entry); // First of all, so that a second press and the queue see it.
    try {
      await ports.yieldFiles(gameId);
      const { reporter, run } = await startGame(ports, record);
      entry.run = run;
      void follow(gameId, entry, run, reporter);
      changed();
    } catch (error) {
      running.delete(gameId);
      await markDamaged(ports.library, record, error);
      changed();
      throw error;
    }
  };

  const follow = async (gameId: string, entry: Running, run: GameRun, reporter: PlayReporter) => {
    const clock = startPlayClock(ports, gameId);
    const attested = reporter.session() !== null;
    const { exitCode } = await run.ended;
    const seconds = await clock.stop();
    await reporter.end(exitCode);
    running.delete(gameId);
    if (exitCode !== null && exitCode !== 0) {
      ports.state.notice({
        kind: 'failure',
        title: ports.library.serviceGame(gameId)?.title ?? gameId,
        text: `The game ended with code ${exitCode}.`,
        gameId,
      });
    }
    changed();
    entry.settle.resolve({ exitCode, seconds, attested: attested || reporter.session() !== null });
  };

  return {
    launch,
    stop: async (gameId) => {
      const entry = running.get(gameId);
      if (entry === undefined || entry.run === null)
        throw launcherErrors.error('PLAY_NOT_RUNNING', { gameId });
      entry.run.stop();
      await entry.result;
    },
    isRunning: (gameId) => running.has(gameId),
    isAnythingRunning: () => running.size > 0,
    ended: (gameId) => {
      const entry = running.get(gameId);
      if (entry === undefined) throw launcherErrors.error('PLAY_NOT_RUNNING', { gameId });
      return entry.result;
    },
    close: async () => {
      const left = [...running.values()].filter(({ run }) => run !== null);
      for (const { run } of left) run?.leave();
      await Promise.all(left.map(({ result }) => result));
    },
  };
}

async function startGame(
  ports: PlayPorts,
  record: InstalledRecord,
): Promise<{ reporter: PlayReporter; run: GameRun }> {
  const { gameId, folder } = record;
  const installed = await ports.patcher.installedManifest(folder);
  if (installed === null) throw launcherErrors.error('PLAY_FILE_MISSING', { gameId, path: folder });
  const { manifest, buildId } = installed;
  const target = manifest.launch[0];
  if (target === undefined) throw launcherErrors.error('PLAY_NO_TARGET', { gameId });
  const { api, clock, onCounted } = ports;
  const reporter = await startPlayReporter({ api, clock, buildId, folder, manifest, onCounted });
  try {
    return { reporter, run: await startTarget(ports, { record, manifest, target, reporter, buildId }) };
  } catch (error) {
    await reporter.end(null);
    throw error;
  }
}

interface StartInput {
  readonly record: InstalledRecord;
  readonly manifest: Manifest;
  readonly target: LaunchTarget;
  readonly reporter: PlayReporter;
  readonly buildId: number;
}

function startTarget(ports: PlayPorts, input: StartInput): Promise<GameRun> {
  const { record, manifest, target, reporter } = input;
  const { gameId, folder } = record;
  const reports = reportsOf(ports, input);
  if (target.kind === 'executable') {
    return startExecutableRun({
      gameId,
      folder,
      manifest,
      target,
      reports,
      launchArguments: ports.library.preference(gameId).launchArguments,
      gameToken: reporter.session()?.gameToken ?? null,
      environment: ports.environment,
      ...(ports.gameOutput === undefined ? {} : { output: ports.gameOutput }),
    });
  }
  return startWebRun({
    gameId,
    folder,
    manifest,
    target,
    reports,
    title: ports.library.serviceGame(gameId)?.title ?? gameId,
    opener: ports.opener,
    ports: ports.gamePorts,
    clock: ports.clock,
    onDamage: (error) => {
      const failure = toFailure(error);
      ports.state.notice({ kind: 'failure', title: gameId, text: failure.message, gameId });
      void markDamaged(ports.library, record, error);
    },
  });
}

function reportsOf(ports: PlayPorts, { reporter, buildId, record }: StartInput): GameReports {
  const { gameId } = record;
  return {
    session: () => {
      const session = reporter.session();
      const player = ports.state.get('session');
      if (session === null || player.status !== 'signed-in') return null;
      return { playSessionId: session.playSessionId, playerName: player.displayName, buildId };
    },
    // For support only: the service counts the launcher's own heartbeats, a game's word alone is not evidence.
    onEvent: ({ name, value }) => ports.log.write(`game ${gameId}: event ${name} ${JSON.stringify(value)}`),
  };
}

/** A file that is not the publisher's makes Repair the game's next action. */
async function markDamaged(library: LibraryService, record: InstalledRecord, error: unknown): Promise<void> {
  const { code } = toAppError(error);
  if (code !== 'PLAY_FILE_CHANGED' && code !== 'PLAY_FILE_MISSING') return;
  await library.setInstalled(record.gameId, { ...record, damaged: true });
}

/** Adds the run's time to the game's, now and then and at its end. Counted from a clock that may be wrong, so never negative. */
function startPlayClock(ports: PlayPorts, gameId: string) {
  const startedAt = ports.clock.now();
  let savedSeconds = 0;
  const save = () => {
    const seconds = Math.max(0, Math.round((ports.clock.now() - startedAt) / 1000));
    const before = ports.library.preference(gameId).playSeconds;
    const playSeconds = Math.max(0, before + seconds - savedSeconds);
    savedSeconds = seconds;
    return ports.library
      .setPreference(gameId, { playSeconds, lastPlayedAt: toTimestamp(ports.clock.now()) })
      .then(() => seconds);
  };
  // A profile that cannot be written is said so elsewhere; the game itself must not end for it.
  const saveQuietly = () => void save().catch(toAppError);
  saveQuietly();
  const cancel = ports.clock.every(SAVE_PERIOD_MS, saveQuietly);
  return {
    stop: () => {
      cancel();
      return save();
    },
  };
}
