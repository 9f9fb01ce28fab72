import os from 'node:os';
import { createPatcher } from '../../installs/process-patcher.ts';
import { systemClock } from '../../clock.ts';
import { createLauncher, type Launcher } from '../../launcher.ts';
import type { LauncherPorts } from '../../ports.ts';
import { resolveProfileFolder } from '../../profile/profile-folder.ts';
import { lockProfile } from '../../profile/profile-lock.ts';
import { createFileSecretStore, plainCipher } from '../../session/secret-store.ts';
import { readStoredServer } from '../../session/stored-server.ts';
import { readAppVersion } from '../app-version.ts';
import { DEFAULT_SERVER } from '../default-server.ts';
import { createSystemOpener } from './system-opener.ts';

export interface PlayerStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly environment: NodeJS.ProcessEnv;
}

export interface PlayerOptions {
  readonly server?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** One command's launcher, its profile locked where the command changes it. */
export interface PlayerContext {
  readonly launcher: Launcher;
  readonly close: () => Promise<void>;
}

/**
 * Open the launcher for one command.
 * @param writes True for commands that change installs: they want the profile to themselves.
 * @throws {AppError} `PROFILE_IN_USE`, `PROFILE_NOT_WRITABLE`.
 */
export async function openPlayer(
  streams: PlayerStreams,
  options: PlayerOptions,
  writes: boolean,
): Promise<PlayerContext> {
  const environment = streams.environment;
  const profileFolder = resolveProfileFolder({
    platform: process.platform,
    home: os.homedir(),
    variables: environment,
  });
  const lock = writes ? await lockProfile(profileFolder, 'launcher') : null;
  try {
    const serviceUrl =
      options.server ??
      environment['GANTRY_SERVER'] ??
      (await readStoredServer(profileFolder)) ??
      DEFAULT_SERVER;
    const launcher = await createLauncher(headlessPorts({ profileFolder, serviceUrl, streams, options }));
    return {
      launcher,
      close: async () => {
        await launcher.close();
        await lock?.release();
      },
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

function headlessPorts(input: {
  readonly profileFolder: string;
  readonly serviceUrl: string;
  readonly streams: PlayerStreams;
  readonly options: PlayerOptions;
}): LauncherPorts {
  const { profileFolder, serviceUrl, streams, options } = input;
  return {
    host: 'headless',
    version: readAppVersion(),
    profileFolder,
    serviceUrl,
    fetch: globalThis.fetch,
    // A server or handheld has no key store: a file only its owner can read, as ssh keeps its keys.
    secrets: createFileSecretStore(profileFolder, plainCipher),
    opener: createSystemOpener({
      say: (line) => {
        if (options.quiet !== true) streams.stderr.write(`${line}\n`);
      },
    }),
    createPatcher,
    clock: systemClock,
    platform: process.platform,
    home: os.homedir(),
    environment: streams.environment,
    device: `gantry-player on ${os.hostname()}`.slice(0, 120),
    ...(options.json === true ? {} : { gameOutput: 'inherit' as const }),
  };
}
