import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { launcherErrors } from '../../launcher-errors.ts';
import type { ChooseFolder } from '../../ports.ts';

interface DialogSystem {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How a program is asked for a folder; it prints the path, and nothing when none was chosen. */
type DialogProgram = (options: Parameters<ChooseFolder>[0]) => readonly string[];

const zenity: DialogProgram = ({ title, startAt }) => [
  '--file-selection',
  '--directory',
  `--title=${title}`,
  // With its slash it is the folder to begin in, not the one that is chosen.
  `--filename=${startAt}/`,
];
const kdialog: DialogProgram = ({ title, startAt }) => ['--getexistingdirectory', startAt, '--title', title];
/** The title is an argument, never part of the script. */
const osascript: DialogProgram = ({ title }) => [
  '-e',
  'on run argv',
  '-e',
  'POSIX path of (choose folder with prompt (item 1 of argv))',
  '-e',
  'end run',
  title,
];

/**
 * The system's own window to choose a folder in, for a launcher without windows of its own.
 * @returns undefined where this system has none: no display, or no program that shows one. What is returned rejects with
 *   `LAUNCHER_FOLDER_WINDOW_FAILED` where the program cannot be run.
 */
export function createSystemFolderDialog({ platform, environment }: DialogSystem): ChooseFolder | undefined {
  const found = findProgram({ platform, environment });
  if (found === undefined) return undefined;
  const { program, ask } = found;
  return async (options) => {
    const folder = await readAnswer(program, ask(options), environment);
    return path.isAbsolute(folder) ? folder : null;
  };
}

const run = promisify(execFile);

/** @returns What the program prints in its one line; '' where it ends with an exit code, as it does when the player chooses nothing. */
async function readAnswer(
  program: string,
  parameters: readonly string[],
  environment: DialogSystem['environment'],
): Promise<string> {
  try {
    const { stdout } = await run(program, parameters, { env: { ...environment } });
    return stdout.replace(/\r?\n$/, '');
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    // Not the program's own code but the system's, by name: it did not run.
    if (typeof code === 'string')
      throw launcherErrors.error('LAUNCHER_FOLDER_WINDOW_FAILED', { program, reason: code }, error);
    return '';
  }
}

function findProgram({
  platform,
  environment,
}: DialogSystem): { readonly program: string; readonly ask: DialogProgram } | undefined {
  if (platform === 'darwin') return { program: '/usr/bin/osascript', ask: osascript };
  const hasDisplay = Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY']);
  if (platform !== 'linux' || !hasDisplay) return undefined;
  for (const folder of (environment['PATH'] ?? '').split(path.delimiter)) {
    for (const [name, ask] of [['zenity', zenity] as const, ['kdialog', kdialog] as const]) {
      const program = path.join(folder, name);
      if (path.isAbsolute(folder) && isProgram(program)) return { program, ask };
    }
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us: the next one.
    return false;
  }
}
