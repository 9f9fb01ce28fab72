import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';

/** The drive that holds a folder. */
export interface Mount {
  readonly mountPoint: string;
  /** Such as `/dev/sdb1`. */
  readonly device: string;
  readonly fileSystem: string;
  readonly readOnly: boolean;
}

/**
 * The mount a path lies on, by Linux's mount table.
 * @param table Path of `mountinfo`, or a stand-in.
 * @returns Undefined where the system has no such table.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export async function findMount(target: string, table = '/proc/self/mountinfo'): Promise<Mount | undefined> {
  const text = await readFile(table, 'utf8').catch(() => '');
  const at = await nearestExisting(target);
  return text
    .split('\n')
    .flatMap(parseMount)
    .filter(({ mountPoint }) => isWithin(at, mountPoint))
    .toSorted((a, b) => a.mountPoint.length - b.mountPoint.length)
    .at(-1);
}

/** `36 35 98:0 /root /mount/point rw,noatime shared:1 - ext3 /dev/sda1 rw,errors=continue` */
function parseMount(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , , mountPoint, options] = before.split(' ');
  const [fileSystem, device, superOptions] = after.split(' ');
  if (mountPoint === undefined || fileSystem === undefined || device === undefined) return [];
  const readOnly = [options, superOptions].some((list) => list?.split(',').includes('ro') === true);
  return [{ mountPoint: unescape(mountPoint), device: unescape(device), fileSystem, readOnly }];
}

/** Blanks and backslashes stand in the table as octal numbers. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

function isWithin(target: string, folder: string): boolean {
  const below = path.relative(folder, target);
  return !below.startsWith('..') && !path.isAbsolute(below);
}

async function nearestExisting(target: string): Promise<string> {
  for (let at = path.resolve(target); ; at = path.dirname(at)) {
    const found = await realpath(at).catch(() => undefined);
    if (found !== undefined || path.dirname(at) === at) return found ?? at;
  }
}
