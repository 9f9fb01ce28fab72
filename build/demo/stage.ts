import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandOptions, type RunningProgram, runCommand, startProgram } from './commands.ts';

export interface StageOptions {
  /** Holds everything the stage makes: the service's data and the homes of publisher and player. */
  readonly folder: string;
  /** 0: any free port. */
  readonly port: number;
  readonly edgePort: number;
  /** Further settings of the service. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A running service with a signed-in publisher and player, as the demo, the smoke run and the journeys use it. */
export interface Stage {
  readonly url: string;
  readonly edgeUrl: string;
  readonly folder: string;
  readonly publisher: CommandOptions;
  readonly player: CommandOptions;
  readonly exited: Promise<number | null>;
  /** What the service remarked until now. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** The player every demo has; the service it belongs to listens on this machine only. */
export const samplePlayer = {
  email: 'player@gantry.local',
  password: 'sample-player-on-this-machine',
  displayName: 'Robin',
} as const;

/** Start the service on its embedded defaults and sign both sides in. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const { folder } = options;
  const publisher: CommandOptions = { home: join(folder, 'publisher') };
  // A packaged launcher has its service's root built in; this one is given the file of the service beside it.
  const trustRoot = join(folder, 'service', 'keys', 'trust-root.json');
  const player: CommandOptions = {
    home: join(folder, 'player'),
    environment: { GANTRY_TRUST_ROOT: trustRoot },
  };
  await Promise.all([publisher, player].map(async ({ home }) => await mkdir(home, { recursive: true })));
  const service = await startProgram(
    'gantry',
    [
      'serve',
      '--data',
      join(folder, 'service'),
      '--port',
      String(options.port),
      '--edge-port',
      String(options.edgePort),
    ],
    {
      home: join(folder, 'service-home'),
      ...(options.environment ? { environment: options.environment } : {}),
    },
  );
  try {
    return await signIn(service, { folder, publisher, player });
  } catch (error) {
    await service.stop();
    throw error;
  }
}

interface Homes {
  readonly folder: string;
  readonly publisher: CommandOptions;
  readonly player: CommandOptions;
}

async function signIn(service: RunningProgram, { folder, publisher, player }: Homes): Promise<Stage> {
  const { url, edgeUrl, credentials } = service.ready as {
    url: string;
    edgeUrl: string;
    credentials: { email: string; password: string };
  };
  const login = ['--server', url, '--email'];
  await runCommand('gantry', ['login', ...login, credentials.email, '--password-stdin'], {
    ...publisher,
    input: credentials.password,
  });
  await runCommand(
    'gantry-player',
    [
      'register',
      ...login,
      samplePlayer.email,
      '--display-name',
      samplePlayer.displayName,
      '--password-stdin',
    ],
    { ...player, input: samplePlayer.password },
  ).catch(async () => {
    // The account is there from an earlier start; if that is not why, signing in says so.
    await runCommand('gantry-player', ['login', ...login, samplePlayer.email, '--password-stdin'], {
      ...player,
      input: samplePlayer.password,
    });
  });
  return {
    url,
    edgeUrl,
    folder,
    publisher,
    player,
    exited: service.exited,
    log: service.log,
    stop: service.stop,
  };
}
