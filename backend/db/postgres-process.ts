import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { databaseErrors } from './errors.ts';
import type { UserIds } from './postgres-binaries.ts';

/** How to start a program of Postgres: as whom, and through what. */
export interface Launcher {
  /** Who owns what the programs read and write; undefined where that is the present user. */
  readonly owner: UserIds | undefined;
  readonly spawn: (binary: string, args: readonly string[], stdio: Stdio) => ChildProcess;
}
type Stdio = readonly ['ignore', number | 'pipe', number | 'pipe'];

/**
 * Start programs as `user`, or as the present user where there is none to change to.
 *
 * A clone in root's home is closed to every other user. There the programs run in a user namespace in which root goes
 * by the user's name: Postgres sees that it is not root, while the files stay root's and can be reached.
 * @param folders All that the programs must reach.
 * @throws {AppError} `POSTGRES_FOLDER_CLOSED` where that is not possible.
 */
export async function createLauncher(
  user: UserIds | undefined,
  folders: readonly string[],
): Promise<Launcher> {
  const closed = user && (await findClosedFolder(user, folders));
  if (user === undefined || closed === undefined) {
    return { owner: user, spawn: (binary, args, stdio) => start(binary, args, stdio, user) };
  }
  const prefix = ['--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`];
  if (!(await canRun('unshare', [...prefix, 'true']))) {
    throw databaseErrors.error('POSTGRES_FOLDER_CLOSED', { folder: closed });
  }
  return {
    owner: undefined,
    spawn: (binary, args, stdio) => start('unshare', [...prefix, binary, ...args], stdio),
  };
}

function start(command: string, args: readonly string[], stdio: Stdio, user?: UserIds): ChildProcess {
  // A session of its own: Ctrl+C in the terminal reaches the service only, which then stops Postgres in order.
  return spawn(command, args, {
    stdio: [...stdio],
    detached: process.platform !== 'win32',
    windowsHide: true,
    cwd: path.parse(process.cwd()).root,
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC', PGTZ: 'UTC' },
    ...user,
  });
}

async function canRun(command: string, args: readonly string[]): Promise<boolean> {
  const probe = start(command, args, ['ignore', 'pipe', 'pipe']);
  const code = await new Promise<number | null>((resolve) => {
    probe.once('error', () => resolve(null));
    probe.once('close', resolve);
  });
  return code === 0;
}

async function findClosedFolder(user: UserIds, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    for (let at = path.dirname(folder); ; at = path.dirname(at)) {
      const { mode, uid, gid } = await stat(at);
      const searchable = uid === user.uid ? mode & 0o100 : gid === user.gid ? mode & 0o010 : mode & 0o001;
      if (!searchable) return at;
      if (at === path.dirname(at)) break;
    }
  }
  return undefined;
}

/** Run a program to its end. @returns its exit code and the last of what it said. */
export async function runToEnd(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (piece: Buffer) => {
      output = (output + piece.toString('utf8')).slice(-4000);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** True while a process of this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
