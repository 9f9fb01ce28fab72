import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
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
 * @returns undefined where this system has none: no display, or no program that shows one.
 */
export function createSystemFolderDialog({ platform, environment }: DialogSystem): ChooseFolder | undefined {
  const found = findProgram({ platform, environment });
  if (found === undefined) return undefined;
  const { program, ask } = found;
  return (options) =>
    new Promise((resolve) => {
      // Ends with an error when the player chooses nothing; what it then prints is no path.
      execFile(program, [...ask(options)], { env: { ...environment } }, (error, printed) => {
        const folder = printed.replace(/\r?\n$/, '');
        resolve(error === null && path.isAbsolute(folder) ? folder : null);
      });
    });
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
