import type { Command } from 'commander';
import { exitCodes } from '../../../patcher/terminal/exit-codes.ts';
import { formatSeconds, formatTable } from '../../../patcher/terminal/quantities.ts';
import type { Act, CommandScope } from './player-cli.ts';
import { playerErrors } from './player-errors.ts';
import { withSignedInPlayer } from './with-player.ts';

/** Playing, and what playing earns. */
export function playCommands(program: Command, act: Act, fail: (code: number) => void): void {
  program
    .command('play')
    .alias('launch')
    .description('Start a game and wait until it ends')
    .argument('<game>')
    .option('--seconds <n>', 'end it after this long')
    .action(
      act((scope, gameId: string, options: { seconds?: string }) =>
        withSignedInPlayer(scope, 'writes', async ({ services: { play } }) => {
          const limitMs = parseSeconds(options.seconds);
          await play.launch(gameId);
          const result = play.ended(gameId);
          const stop = () => void play.stop(gameId).catch(() => undefined);
          const timer = limitMs === null ? undefined : setTimeout(stop, limitMs);
          scope.signal.addEventListener('abort', stop, { once: true });
          const { exitCode, seconds, attested } = await result;
          clearTimeout(timer);
          reportPlay(scope, { gameId, exitCode, seconds, attested });
          if (exitCode !== null && exitCode !== 0) fail(exitCodes.unexpected);
        }),
      ),
    );

  program
    .command('quests')
    .description('List your quests and their progress')
    .action(
      act((scope) =>
        withSignedInPlayer(scope, 'reads', async ({ services: { quests, state } }) => {
          await quests.refresh();
          const { quests: list, balancePoints } = state.get('quests');
          const rows = list.map((quest) => [
            quest.questId,
            quest.gameId,
            `${Math.floor(quest.progressSeconds)}/${quest.targetSeconds} s`,
            quest.state,
            `${quest.rewardPoints} points`,
          ]);
          scope.output.result({ quests: list, balancePoints }, [
            list.length === 0
              ? 'No quests.'
              : formatTable([['QUEST', 'GAME', 'PLAYED', 'STATE', 'REWARD'], ...rows]),
            `Balance: ${balancePoints} points`,
          ]);
        }),
      ),
    );

  program
    .command('claim')
    .description('Claim the reward of a completed quest')
    .argument('<quest>')
    .action(
      act((scope, questId: string) =>
        withSignedInPlayer(scope, 'reads', async ({ services: { quests, state } }) => {
          await quests.refresh();
          const receipt = await quests.claim(questId);
          const { balancePoints } = state.get('quests');
          scope.output.result({ ...receipt, balancePoints }, [
            `${receipt.points} points for ${receipt.questTitle}. Balance: ${balancePoints} points (receipt ${receipt.receiptId}).`,
          ]);
        }),
      ),
    );
}

function reportPlay(
  scope: CommandScope,
  played: { gameId: string; exitCode: number | null; seconds: number; attested: boolean },
): void {
  scope.output.result(played, [
    `Played ${played.gameId} for ${formatSeconds(played.seconds)}${played.attested ? '' : ' (offline: not counted for quests)'}.`,
  ]);
}

/** The largest delay a timer takes. */
const TIMER_MAX_MS = 2 ** 31 - 1;

function parseSeconds(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = Number(text);
  if (!(seconds > 0)) throw playerErrors.error('PLAYER_SECONDS_INVALID', { value: text });
  return Math.min(seconds * 1000, TIMER_MAX_MS);
}
