import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandOptions, runCommand } from '../../build/demo/commands.ts';

/** A player with a machine of their own: a home, an address, and `gantry-player` for what the test is not about. */
export interface Player {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
  readonly options: CommandOptions;
  /** Where the launcher puts a game unless told otherwise. */
  readonly installFolder: (gameId: string) => string;
  /** Open the account and sign in by command line. */
  readonly register: () => Promise<void>;
  /** `gantry-player … --json`; @returns its last line. */
  readonly run: (...args: string[]) => Promise<Record<string, unknown>>;
}

export async function makePlayer(server: string, folder: string): Promise<Player> {
  const profile = join(folder, 'profile');
  await mkdir(profile, { recursive: true });
  const options: CommandOptions = {
    home: profile,
    cwd: folder,
    environment: { GANTRY_SERVER: server, HOME: folder, USERPROFILE: folder },
  };
  const email = `robin-${randomUUID().slice(0, 8)}@example.com`;
  const password = 'five green bottles on a wall';
  const displayName = 'Robin';
  return {
    email,
    password,
    displayName,
    options,
    installFolder: (gameId) => join(profile, 'games', gameId),
    register: async () => {
      const args = ['register', '--email', email, '--display-name', displayName, '--password-stdin'];
      await runCommand('gantry-player', args, { ...options, input: password });
    },
    run: async (...args) => await runCommand('gantry-player', args, options),
  };
}
