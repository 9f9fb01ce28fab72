import { toAppError } from '../../failure.ts';
import type { Launcher } from '../../launcher.ts';
import { launcherErrors } from '../../launcher-errors.ts';
import { openPlayer } from './player-context.ts';
import type { CommandScope } from './player-cli.ts';

/** `reads` looks at the profile, `writes` wants it to itself. */
export type Access = 'reads' | 'writes';

/** Open the launcher for one command and close it whatever happens. */
export async function withPlayer<Value>(
  scope: CommandScope,
  access: Access,
  work: (launcher: Launcher) => Promise<Value>,
): Promise<Value> {
  const player = await openPlayer(scope.streams, scope.options, access === 'writes');
  try {
    return await work(player.launcher);
  } catch (error) {
    scope.trouble.failure = await player.launcher.services.doctor.diagnose(error, scope.trouble.folder);
    throw error;
  } finally {
    await player.close();
  }
}

/**
 * The same for commands of a signed-in player, with the library as new as it can be had.
 * @throws {AppError} `SESSION_SIGNED_OUT`; why the service cannot be reached, where nothing is known of the library yet.
 */
export function withSignedInPlayer<Value>(
  scope: CommandScope,
  access: Access,
  work: (launcher: Launcher) => Promise<Value>,
): Promise<Value> {
  return withPlayer(scope, access, async (launcher) => {
    const { session, state, library } = launcher.services;
    await session.restore();
    const player = state.get('session');
    if (player.status !== 'signed-in') throw launcherErrors.error('SESSION_SIGNED_OUT');
    try {
      await library.refresh();
    } catch (error) {
      const known = toAppError(error);
      if (state.get('library').status === 'loading') throw error;
      if (scope.options.quiet !== true)
        scope.streams.stderr.write(`${known.message} Going on with what is known.\n`);
    }
    return work(launcher);
  });
}
