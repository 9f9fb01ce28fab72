import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';

/** A process that has a file open. */
export interface FileHolder {
  readonly pid: number;
  readonly name: string;
  /** Below the folder that was asked about. */
  readonly file: string;
}

/** Most processes looked at: a machine with more is no player's. */
const PROCESSES_MAX = 5_000;
const HOLDERS_MAX = 5;

/**
 * Who has files below a folder open, runs from it, or works in it, by Linux's `/proc`. Processes of other accounts cannot
 * be looked into; elsewhere the system does not tell.
 * @param proc `/proc`, or a stand-in.
 * @returns At most five, one file each, our own process left out; `[]` where nothing can be told.
 */
export async function findFileHolders(folder: string, proc = '/proc'): Promise<FileHolder[]> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return [];
  const holders: FileHolder[] = [];
  for (const pid of await listProcesses(proc)) {
    if (holders.length >= HOLDERS_MAX) break;
    if (pid === process.pid) continue;
    const held = await findHeld(path.join(proc, String(pid)), root);
    if (held !== undefined) holders.push({ pid, name: await nameOf(pid, proc), file: held });
  }
  return holders;
}

/** What a process calls itself; its number where the system does not tell. */
export async function nameOf(pid: number, proc = '/proc'): Promise<string> {
  const name = await readFile(path.join(proc, String(pid), 'comm'), 'utf8').catch(() => '');
  return name.trim() === '' ? `process ${pid}` : name.trim();
}

/** Names of all processes that may be seen. */
export async function listProcessNames(proc = '/proc'): Promise<string[]> {
  const pids = await listProcesses(proc);
  return [...new Set(await Promise.all(pids.map((pid) => nameOf(pid, proc))))];
}

async function listProcesses(proc: string): Promise<number[]> {
  const names = await readdir(proc).catch(() => []);
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .slice(0, PROCESSES_MAX);
}

async function findHeld(processFolder: string, root: string): Promise<string | undefined> {
  const open = await readdir(path.join(processFolder, 'fd')).catch(() => []);
  const links = ['exe', 'cwd', ...open.map((fd) => path.join('fd', fd))];
  for (const link of links) {
    // Ends between two looks, or belongs to another account: not told.
    const target = await readlink(path.join(processFolder, link)).catch(() => '');
    const below = path.relative(root, target.replace(/ \(deleted\)$/, ''));
    if (target !== '' && !below.startsWith('..') && !path.isAbsolute(below))
      return below === '' ? '.' : below;
  }
  return undefined;
}
