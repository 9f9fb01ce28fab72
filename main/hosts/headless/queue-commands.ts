import { type Command, InvalidArgumentError } from 'commander';
import { exitCodes } from '../../../patcher/terminal/exit-codes.ts';
import { formatBytes, formatTable } from '../../../patcher/terminal/quantities.ts';
import type { Download } from '../../../preload/contract.ts';
import type { Launcher } from '../../launcher.ts';
import { reportApplied, reportVerified, runJob } from './install-commands.ts';
import type { Act, CommandScope } from './player-cli.ts';
import { withSignedInPlayer } from './with-player.ts';

/** What is queued, and what to do with it. Jobs run while a command or a launcher does. */
export function queueCommands(program: Command, act: Act, fail: (code: number) => void): void {
  const queue = program
    .command('queue')
    .description('Show what is queued: installs, updates and repairs that wait, are paused, or keep to hours')
    .action(
      act((scope) => withSignedInPlayer(scope, 'reads', async (launcher) => showQueue(scope, launcher))),
    );

  queue
    .command('pause')
    .description('Leave a job in the queue until it is resumed; without a game, all of them')
    .argument('[game]')
    .action(
      act((scope, gameId?: string) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          const { installs } = launcher.services;
          await (gameId === undefined ? installs.pauseAll() : installs.pause(gameId));
          showQueue(scope, launcher);
        }),
      ),
    );

  queue
    .command('resume')
    .description('Run a job now, whatever it waits for; without a game, all of them in order')
    .argument('[game]')
    .action(
      act((scope, gameId?: string) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          if (gameId !== undefined) return finishOne(scope, launcher, { gameId, fail });
          const games = jobsOf(launcher).map((job) => job.gameId);
          for (const each of games) {
            await runJob(scope, launcher, each, () => launcher.services.installs.resume(each));
          }
          const said = games.length === 0 ? 'Nothing is queued.' : `Done: ${games.join(', ')}.`;
          scope.output.result({ done: games }, [said]);
        }),
      ),
    );

  queue
    .command('move')
    .description('Give a job another place in the queue, counted from 1')
    .argument('<game>')
    .argument('<place>', '1 is the front', toPlace)
    .action(
      act((scope, gameId: string, place: number) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          await launcher.services.installs.move(gameId, place - 1);
          showQueue(scope, launcher);
        }),
      ),
    );

  queue
    .command('cancel')
    .description('Take a job out of the queue and throw away what it fetched; the installed build stays')
    .argument('<game>')
    .action(
      act((scope, gameId: string) =>
        withSignedInPlayer(scope, 'writes', async (launcher) => {
          await launcher.services.installs.cancel(gameId);
          showQueue(scope, launcher);
        }),
      ),
    );
}

function jobsOf({ services }: Launcher): readonly Download[] {
  services.installs.showQueue();
  return services.state.get('downloads').queue;
}

function showQueue(scope: CommandScope, launcher: Launcher): void {
  const queue = jobsOf(launcher).map(
    ({ gameId, reason, version, phase, downloadTotalBytes, waitsUntil }, index) => ({
      place: index + 1,
      gameId,
      reason,
      version,
      phase,
      downloadTotalBytes,
      waitsUntil,
    }),
  );
  const rows = queue.map(({ place, gameId, reason, version, phase, downloadTotalBytes, waitsUntil }) => [
    String(place),
    gameId,
    `${reason} ${version}`,
    waitsUntil === null ? phase : `from ${new Date(waitsUntil).toLocaleString()}`,
    downloadTotalBytes === 0 ? '–' : formatBytes(downloadTotalBytes),
  ]);
  scope.output.result({ queue }, [
    rows.length === 0
      ? 'Nothing is queued.'
      : formatTable([['', 'GAME', 'WHAT', 'STATE', 'DOWNLOAD'], ...rows]),
  ]);
}

async function finishOne(
  scope: CommandScope,
  launcher: Launcher,
  { gameId, fail }: { readonly gameId: string; readonly fail: (code: number) => void },
): Promise<void> {
  const timed = await runJob(scope, launcher, gameId, () => launcher.services.installs.resume(gameId));
  if (timed.result.kind === 'applied') reportApplied(scope, timed);
  else if (reportVerified(scope, timed) > 0) fail(exitCodes.integrity);
}

function toPlace(word: string): number {
  if (!/^[1-9]\d{0,2}$/.test(word)) throw new InvalidArgumentError('A place is a number from 1.');
  return Number(word);
}
