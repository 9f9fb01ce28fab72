import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno, installErrors } from '../install-errors.ts';

/** Tries when two processes claim at the same moment; each waits a random time, so a tie does not last. */
const CLAIM_TRIES = 20;
const CLAIM_WAIT_MS = 25;
/** Content of a claim that could not be removed when it was let go of; all others are empty. */
const RELEASED = 'released';

/** Who holds or wants a lock. A process is known by its number, when it began and which boot it belongs to. */
interface Claim {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly boot: string;
  readonly state: 'claim' | 'held';
}

/** The right to change one install. */
export interface InstallLock {
  readonly release: () => Promise<void>;
  /** The lock folder may have been renamed while it was held: what is to be let go of may lie there now. */
  readonly followTo: (folder: string) => void;
}

/**
 * Become the one writer of an install.
 *
 * Each contender creates a file of its own name and only then looks at the others, so of two at most one sees
 * nobody. Only files of dead processes are ever removed, and since names are never used twice that is always
 * safe: no takeover race, no clock involved.
 * @param folder The lock folder; exists.
 * @throws {AppError} `INSTALL_LOCKED` with the other's pid.
 */
export async function acquireInstallLock(folder: string): Promise<InstallLock> {
  for (let attempt = 1; ; attempt++) {
    // A new name for each try: whoever saw the claim of the last one may remove it only now.
    const self = `${process.pid}.${startOf(process.pid)}.${bootOf()}.${randomBytes(8).toString('hex')}`;
    const claimed = path.join(folder, `${self}.claim`);
    await writeFile(claimed, '', { flag: 'wx', mode: 0o600 });
    const others = await findLiveClaims(folder, self);
    if (others.length === 0) {
      const held = path.join(folder, `${self}.held`);
      await rename(claimed, held);
      const places = [held];
      return {
        release: async () => {
          givenUp.add(path.basename(held));
          for (const place of places) await letGo(place);
        },
        followTo: (moved) => {
          places.push(path.join(moved, path.basename(held)));
        },
      };
    }
    await removeQuietly(claimed);
    const holder = others.find(({ state }) => state === 'held');
    if (holder !== undefined || attempt === CLAIM_TRIES) {
      throw installErrors.error('INSTALL_LOCKED', { pid: (holder ?? others[0])?.pid });
    }
    await sleep(Math.random() * CLAIM_WAIT_MS * attempt);
  }
}

/**
 * Claims this process has let go of. A file that cannot be removed any more (the disk went read-only, the folder's
 * permissions changed) must not keep its own process out for ever, nor turn work that is done into a failure.
 */
const givenUp = new Set<string>();

/** Remove a claim that was let go of; where that cannot be, it says itself that nobody holds it. */
async function letGo(file: string): Promise<void> {
  try {
    await removeQuietly(file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    await writeFile(file, RELEASED, { flag: 'r+' }).catch((cause: unknown) => {
      // Then only this process knows; for others it is held until this one ends.
      if (!(cause instanceof Error && 'code' in cause)) throw cause;
    });
  }
}

/** @returns undefined where the file is gone. */
async function isReleased(file: string): Promise<boolean | undefined> {
  if (givenUp.has(path.basename(file))) return true;
  try {
    return (await readFile(file, 'latin1')) === RELEASED;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    if (hasErrno(error, 'EACCES', 'EPERM', 'EIO', 'EBUSY')) return false;
    throw error;
  }
}

async function findLiveClaims(folder: string, self: string): Promise<Claim[]> {
  const live: Claim[] = [];
  for (const name of await readdir(folder)) {
    const claim = parseClaim(name);
    if (claim === undefined || name.startsWith(self)) continue;
    const known = await findLive(folder, claim);
    if (known !== undefined) live.push(known);
  }
  return live;
}

/** What a claim is now, if it still stands in anybody's way; files that do not are removed. */
async function findLive(folder: string, claim: Claim): Promise<Claim | undefined> {
  const file = path.join(folder, claim.name);
  const released = await isReleased(file);
  if (released === undefined) {
    // It was given up, or became the lock since the folder was listed.
    if (claim.state === 'held') return undefined;
    return findLive(folder, { ...claim, name: claim.name.replace(/claim$/, 'held'), state: 'held' });
  }
  if (!released && isAlive(claim)) return claim;
  if (released) await letGo(file);
  else await removeQuietly(file);
  return undefined;
}

function parseClaim(name: string): Claim | undefined {
  const match = /^(\d{1,10})\.(\d+)\.([0-9a-f]*)\.[0-9a-f]{16}\.(claim|held)$/.exec(name);
  if (match === null) return undefined;
  const [, pid, startedAt, boot, state] = match;
  return {
    name,
    pid: Number(pid),
    startedAt: startedAt ?? '',
    boot: boot ?? '',
    state: state as Claim['state'],
  };
}

function isAlive({ pid, startedAt, boot }: Claim): boolean {
  if (boot !== bootOf()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasErrno(error, 'ESRCH')) return false;
  }
  // The same number may belong to a later process; its start tells them apart where the system says it.
  return startOf(pid) === startedAt;
}

/** Clock ticks from boot to a process's start, '0' where the system does not say. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold anything; fields are counted from its end. The start is field 22, a state 'Z' is dead.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'dead' : (fields[19] ?? '0');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH', 'EACCES')) return '0';
    throw error;
  }
}

let boot: string | undefined;

/** Identifies this boot, so that a claim from before a power cut is dead whatever its number; '' if unknown. */
function bootOf(): string {
  if (boot === undefined) {
    try {
      boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')
        .replaceAll(/[^0-9a-f]/g, '')
        .slice(0, 16);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'EACCES')) throw error;
      boot = '';
    }
  }
  return boot;
}

async function removeQuietly(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}
