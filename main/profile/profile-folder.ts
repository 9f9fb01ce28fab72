import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { launcherErrors } from '../launcher-errors.ts';
import { errnoOf } from './document.ts';

export interface ProfileEnvironment {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Where the profile lives: `GANTRY_HOME`, else the system's place for an application's data.
 * @returns An absolute folder, which may not exist yet.
 */
export function resolveProfileFolder(environment: ProfileEnvironment): string {
  const { platform, home, variables } = environment;
  const chosen = variables['GANTRY_HOME'];
  if (chosen) return path.resolve(chosen);
  if (platform === 'win32') {
    return path.join(variables['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'), 'Gantry');
  }
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Gantry');
  const dataHome = variables['XDG_DATA_HOME'];
  // The XDG specification: a relative path there is invalid and must be ignored.
  const base = dataHome && path.isAbsolute(dataHome) ? dataHome : path.join(home, '.local', 'share');
  return path.join(base, 'gantry');
}

/** Make the profile folder, for its owner only. @throws {AppError} `PROFILE_NOT_WRITABLE`. */
export async function makeProfileFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw launcherErrors.error('PROFILE_NOT_WRITABLE', { folder, errno: errnoOf(cause) }, cause);
  }
}
