import path from 'node:path';
import { Argument, type Command } from 'commander';
import { exitCodes } from '../../../patcher/terminal/exit-codes.ts';
import { ProgressLine } from '../../../patcher/terminal/progress-line.ts';
import { formatBytes, formatSeconds } from '../../../patcher/terminal/quantities.ts';
import { type InstallPlan, type LibraryGame, updatePolicySchema } from '../../../preload/contract.ts';
import type { JobResult } from '../../installs/jobs/job-runner.ts';
import type { Launcher } from '../../launcher.ts';
import { launcherErrors } from '../../launcher-errors.ts';
import type { Act, CommandScope } from './player-cli.ts';
import { withSignedInPlayer } from './with-player.ts';

interface InstallOptions {
  readonly channel?: string;
  readonly dir?: string;
  readonly lowSpace?: boolean;
}

/** Commands that work on a game's files. */
export function installCommands(program: Command, act: Act, fail: (code: number) => void): void {
  program
    .command('install')
    .description('Install a game, or bring an installed one to its channel’s newest build')
    .argument('<game>')
    .option('--channel <name>', 'follow this channel from now on')
    .option('--dir <folder>', 'install into this folder (default: <install folder>/<game>)')
    .action(
      act((scope, gameId: string, options: InstallOptions) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          const { installs, library } = launcher.services;
          if (options.channel !== undefined) await library.setChannel(gameId, options.channel);
          const folder = options.dir === undefined ? undefined : path.resolve(options.dir);
          const installed = library.installed(gameId);
          if (installed !== undefined && folder !== undefined && installed.folder !== folder) {
            throw launcherErrors.error('INSTALL_ALREADY_INSTALLED', { gameId, folder: installed.folder });
          }
          const begin = () =>
            installed === undefined ? installs.install(gameId, folder) : installs.update(gameId);
          reportApplied(scope, await runJob(scope, launcher, gameId, begin));
        }),
      ),
    );

  program
    .command('update')
    .description('Bring a game to its channel’s newest build, by patch where that is smaller')
    .argument('<game>')
    .option('--channel <name>', 'follow this channel from now on')
    .option('--low-space', 'replace files as it goes; the game cannot be played until it is done')
    .action(
      act((scope, gameId: string, options: InstallOptions) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          const { installs, library } = launcher.services;
          if (options.channel !== undefined) await library.setChannel(gameId, options.channel);
          const { lowSpace } = options;
          reportApplied(
            scope,
            await runJob(scope, launcher, gameId, () => installs.update(gameId, { lowSpace })),
          );
        }),
      ),
    );

  planCommand(program, act);
  preloadCommand(program, act);
  relocationCommands(program, act);

  program
    .command('verify')
    .description('Hash every file and say what is damaged (exit code 6 if anything is)')
    .argument('<game>')
    .action(
      act((scope, gameId: string) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          const { installs } = launcher.services;
          const timed = await runJob(scope, launcher, gameId, () => installs.verify(gameId));
          if (reportVerified(scope, timed) > 0) fail(exitCodes.integrity);
        }),
      ),
    );

  program
    .command('repair')
    .description('Fetch what is damaged or missing, and nothing else')
    .argument('<game>')
    .action(
      act((scope, gameId: string) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          const { installs } = launcher.services;
          reportApplied(scope, await runJob(scope, launcher, gameId, () => installs.repair(gameId)));
        }),
      ),
    );

  program
    .command('uninstall')
    .description('Remove a game from this machine')
    .argument('<game>')
    .option('--delete-saves', 'also remove the files the game declares as yours')
    .action(
      act((scope, gameId: string, options: { deleteSaves?: boolean }) =>
        withSignedInPlayer(scope, 'writes', async ({ services: { installs, library } }) => {
          // What an earlier command left unfinished goes too; an install that never got done is nothing else.
          const unfinished = installs.downloadOf(gameId);
          if (unfinished !== undefined) await installs.cancel(gameId);
          if (unfinished === undefined || library.installed(gameId) !== undefined) {
            await installs.uninstall(gameId, options.deleteSaves !== true);
          }
          scope.output.result({ gameId, uninstalled: true }, [`Removed ${gameId}.`]);
        }),
      ),
    );

  policyCommand(program, act);
}

/** What an install or update would take, before anything is touched. */
function planCommand(program: Command, act: Act): void {
  program
    .command('plan')
    .description('Say what installing or updating a game would download, write and take')
    .argument('<game>')
    .action(
      act((scope, gameId: string) =>
        withSignedInPlayer(scope, 'reads', async ({ services: { installs, library } }) => {
          const reason = library.installed(gameId) === undefined ? 'install' : 'update';
          const plan = await untilInterrupted(scope, installs.plan(gameId, reason));
          const { route, patchHops, downloadBytes, requests, diskPeakBytes, lowSpacePeakBytes } = plan;
          const { freeBytes, estimatedSeconds, assumedSpeed, fullBytes } = plan;
          const way = patchHops > 1 ? `${patchHops} patches in a row` : route;
          const time = { seconds: estimatedSeconds, assumedSpeed };
          const figures = { downloadBytes, fullBytes, requests, diskPeakBytes, lowSpacePeakBytes, freeBytes };
          scope.output.result({ gameId, reason, route, patchHops, ...figures, ...time }, [
            downloadBytes === 0 ? NO_DOWNLOAD : `${describeDownload(plan)}, by ${way}.`,
            `It takes ${formatBytes(diskPeakBytes)} of the ${formatBytes(freeBytes)} that are free${lowSpacePeakBytes === null ? '' : `, or ${formatBytes(lowSpacePeakBytes)} with --low-space`}.`,
            describeTime(plan),
          ]);
        }),
      ),
    );
}

const NO_DOWNLOAD = 'Nothing has to be downloaded.';

function describeDownload({ downloadBytes, fullBytes, requests }: InstallPlan): string {
  const count = requests === 1 ? 'one request' : `${requests} requests`;
  return `${formatBytes(downloadBytes)} of ${formatBytes(fullBytes)} in ${count}`;
}

/** How long it takes, and what that assumes where nothing was measured yet. */
function describeTime({ estimatedSeconds, assumedSpeed }: InstallPlan): string {
  const about = `About ${formatSeconds(Math.max(1, estimatedSeconds))}`;
  if (assumedSpeed === null) return `${about}.`;
  const { of, bytesPerSecond } = assumedSpeed;
  const speed =
    of === 'network'
      ? `line of ${(bytesPerSecond * 8) / 1e6} Mbit/s`
      : `drive of ${formatBytes(bytesPerSecond)}/s`;
  return `${about} on a ${speed}; how fast this one is has not been seen yet.`;
}

function preloadCommand(program: Command, act: Act): void {
  program
    .command('preload')
    .description('Make the build that is announced for a game, or its update, ready without switching to it')
    .argument('<game>')
    .action(
      act((scope, gameId: string) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          const { installs, library } = launcher.services;
          const ready = library.game(gameId).preload?.ready === true;
          if (ready) return scope.output.result({ gameId, ready }, [`${gameId} lies ready already.`]);
          const timed = await runJob(scope, launcher, gameId, () => installs.preload(gameId));
          if (timed.result.kind !== 'applied') throw new Error('a pre-load ends with a report');
          const { job, report } = timed.result;
          const { buildId, version } = job.build;
          const { route, downloadedBytes } = report;
          const done = { gameId, buildId, version, route, downloadedBytes, seconds: timed.seconds };
          scope.output.result({ ...done, ready: true }, [
            `${gameId} ${version || `build ${buildId}`} lies ready (${formatBytes(downloadedBytes)} by ${route}); the installed version stays until it is updated.`,
          ]);
        }),
      ),
    );
}

/** Commands that change where a game is, or which build of it without asking the channel. */
function relocationCommands(program: Command, act: Act): void {
  program
    .command('move')
    .description(
      'Move a game to another folder or drive: copied, checked, switched, then removed from the old',
    )
    .argument('<game>')
    .argument('<folder>', 'an empty folder, or one that does not exist yet')
    .action(
      act((scope, gameId: string, folder: string) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          const { installs } = launcher.services;
          const begin = () => installs.relocate(gameId, path.resolve(folder));
          const { result, seconds } = await runJob(scope, launcher, gameId, begin);
          if (result.kind !== 'applied') throw new Error('a move ends with a report');
          const { folder: to = result.job.folder, totalBytes: copiedBytes, damaged = false } = result.report;
          scope.output.result({ gameId, folder: to, copiedBytes, damaged, seconds }, [
            `${gameId} is in ${to}.`,
            ...(damaged
              ? [`Some files were damaged before. "gantry-player repair ${gameId}" mends them.`]
              : []),
          ]);
        }),
      ),
    );

  program
    .command('adopt')
    .description('Make an install of a folder that holds some copy of the game; what fits is kept')
    .argument('<game>')
    .argument('<folder>')
    .option('--channel <name>', 'follow this channel from now on')
    .option('--plan', 'only say what would be downloaded')
    .action(
      act((scope, gameId: string, folder: string, options: InstallOptions & { plan?: boolean }) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          const { installs, library } = launcher.services;
          if (options.channel !== undefined) await library.setChannel(gameId, options.channel);
          const at = path.resolve(folder);
          const looked = untilInterrupted(scope, installs.plan(gameId, 'adopt', at));
          const found = await looked;
          const { downloadBytes, fullBytes, requests, diskPeakBytes, freeBytes } = found;
          const { estimatedSeconds: seconds, assumedSpeed } = found;
          const fetched = downloadBytes === 0 ? NO_DOWNLOAD : `${describeDownload(found)} to download.`;
          const said = `${fetched} It takes ${formatBytes(diskPeakBytes)} of the ${formatBytes(freeBytes)} that are free. ${describeTime(found)}`;
          if (options.plan === true) {
            const figures = { downloadBytes, fullBytes, requests, diskPeakBytes, freeBytes };
            const planned = { gameId, folder: at, ...figures, seconds, assumedSpeed };
            return scope.output.result(planned, [said]);
          }
          if (scope.options.quiet !== true) scope.streams.stderr.write(`${said}\n`);
          reportApplied(scope, await runJob(scope, launcher, gameId, () => installs.adopt(gameId, at)));
        }),
      ),
    );

  program
    .command('rollback')
    .description('Return to the build before the last update; at once where its files were kept')
    .argument('<game>')
    .action(
      act((scope, gameId: string) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          const { installs } = launcher.services;
          reportApplied(scope, await runJob(scope, launcher, gameId, () => installs.rollBack(gameId)));
        }),
      ),
    );
}

/** The one setting of a game that a machine without a window needs. */
function policyCommand(program: Command, act: Act): void {
  program
    .command('policy')
    .description(
      'Choose what happens when a game has an update: the launcher updates it, at any time or in the download window, asks, or leaves it',
    )
    .argument('<game>')
    .addArgument(new Argument('<policy>').choices(updatePolicySchema.options))
    .action(
      act((scope, gameId: string, updatePolicy: LibraryGame['updatePolicy']) =>
        withSignedInPlayer(scope, 'writes', async ({ services: { library } }) => {
          library.game(gameId);
          await library.setPreference(gameId, { updatePolicy });
          const said = {
            automatic: `Updates of ${gameId} install by themselves.`,
            scheduled: `Updates of ${gameId} install by themselves in the download window.`,
            ask: `Updates of ${gameId} wait until you start them.`,
            never: `${gameId} stays as it is.`,
          };
          scope.output.result({ gameId, updatePolicy }, [said[updatePolicy]]);
        }),
      ),
    );
}

export interface TimedResult {
  readonly result: JobResult;
  readonly seconds: number;
}

/**
 * Queue one job, run it alone, show its progress and wait for its end.
 * Ctrl-C leaves it in the queue where it can go on; a verify is simply given up.
 */
export async function runJob(
  scope: CommandScope,
  launcher: Launcher,
  gameId: string,
  begin: () => Promise<void>,
): Promise<TimedResult> {
  const { installs } = launcher.services;
  const startedAt = performance.now();
  const line = new ProgressLine({ stream: scope.streams.stderr, quiet: scope.options.quiet === true });
  const stopShowing = launcher.on('changed', (event) => {
    const download =
      event.slice === 'downloads' ? event.value.queue.find((each) => each.gameId === gameId) : undefined;
    if (download === undefined || download.phase === 'queued') return;
    const byNetwork = download.phase === 'downloading' || download.phase === 'planning';
    line.update({
      phase: download.phase,
      bytesDone: byNetwork ? download.downloadedBytes : download.writtenBytes,
      bytesTotal: byNetwork ? download.downloadTotalBytes : download.writeTotalBytes,
    });
  });
  const interrupted = whenAborted(scope.signal);
  try {
    await begin();
    // Asked for after `begin`, which ends what an earlier command left waiting for this game, and before anything runs.
    const settled = installs.settled(gameId);
    settled.catch(() => undefined); // Unheard where Ctrl-C wins the race below.
    scope.trouble.folder = installs.folderOf(gameId);
    installs.start(gameId);
    const result = await Promise.race([settled, interrupted]);
    return { result, seconds: Math.round((performance.now() - startedAt) / 10) / 100 };
  } finally {
    stopShowing();
    line.end();
  }
}

/** What only looks may end at any moment: closing the launcher stops it. */
function untilInterrupted<Value>({ signal }: CommandScope, looking: Promise<Value>): Promise<Value> {
  return Promise.race([looking, whenAborted(signal)]);
}

function whenAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return promise;
}

/** Say how an install, update or repair ended. */
export function reportApplied(scope: CommandScope, { result, seconds }: TimedResult): void {
  if (result.kind !== 'applied') throw new Error('an install ends with an install report');
  const { job, report } = result;
  const { route, downloadedBytes, fullBytes, totalBytes, lowSpace = false } = report;
  // Where nothing was there before, less than in full was fetched earlier.
  const saved = job.oldBuildId === null ? 0 : Math.max(0, fullBytes - downloadedBytes);
  scope.output.result(
    {
      gameId: job.gameId,
      buildId: job.build.buildId,
      oldBuildId: job.oldBuildId,
      version: job.build.version,
      channel: job.channel,
      depot: job.depot,
      route,
      downloadedBytes,
      fullBytes,
      totalBytes,
      bytes: totalBytes,
      seconds,
      folder: job.folder,
      lowSpace,
    },
    [
      `${job.gameId} ${job.build.version || `build ${job.build.buildId}`} is in ${job.folder}.`,
      downloadedBytes === 0
        ? `Nothing had to be downloaded; it took ${formatSeconds(seconds)}.`
        : `Downloaded ${formatBytes(downloadedBytes)} by ${route} in ${formatSeconds(seconds)}${saved > 0 ? `, ${formatBytes(saved)} less than in full` : ''}.`,
      ...(lowSpace ? ['The disk did not hold both builds, so files were replaced as it went.'] : []),
    ],
  );
}

/** Say how a verify ended. @returns How many ranges are damaged. */
export function reportVerified(scope: CommandScope, { result, seconds }: TimedResult): number {
  if (result.kind !== 'verified') throw new Error('a verify ends with a verify report');
  const { job, report } = result;
  const { files, bytes, damage } = report;
  scope.output.result(
    {
      gameId: job.gameId,
      buildId: job.build.buildId,
      files,
      bytes,
      damage: damage.length,
      ranges: damage,
      seconds,
    },
    damage.length === 0
      ? [`${files} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}: everything is as it should be.`]
      : [
          ...damage.map(
            (range) => `${range.path}: ${range.reason} (${formatBytes(range.sizeBytes)} at ${range.offset})`,
          ),
          `${damage.length} damaged. "gantry-player repair ${job.gameId}" fetches only those.`,
        ],
  );
  return damage.length;
}
