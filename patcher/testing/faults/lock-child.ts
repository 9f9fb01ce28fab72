/**
 * `node lock-child.ts PROCESSES RUNS`: processes that want the same install at once, some of them killed while they have it,
 * half of them with a calendar that jumps, among locks of holders there never were; prints one line of JSON.
 * `node lock-child.ts --contend FOLDER RUNS SEED` is one of them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hasCode } from '../../errors.ts';
import { acquireInstallLock } from '../../install/state/install-lock.ts';
import { SeededRandom } from '../random-bytes.ts';

export interface LockReport {
  readonly processes: number;
  /** Times the lock was had, and times it was refused because another had it. */
  readonly held: number;
  readonly refused: number;
  /** Holders that were killed, and locks of theirs that another took. */
  readonly killed: number;
  readonly recovered: number;
  /** Locks put there whose holder does not live: its number is nobody's, or another process's by now, or it had it before a boot. */
  readonly stale: number;
  /** Times two had it at once. */
  readonly failures: readonly string[];
}

/** One in so many holders dies. */
const KILL_SHARE = 25;
/** Before one in so many tries a lock that nobody holds is put there. */
const STALE_SHARE = 10;
/** Beyond the largest number Linux gives a process. */
const NOBODY = 5_000_000;
const CLOCK = new URL('shift-clock.ts', import.meta.url).href;

if (process.argv[2] === '--contend')
  await contend(process.argv[3] ?? '', Number(process.argv[4]), Number(process.argv[5]));
else
  process.stdout.write(`${JSON.stringify(await runAll(Number(process.argv[2]), Number(process.argv[3])))}\n`);

async function runAll(processes: number, runs: number): Promise<LockReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gantry-lock-'));
  await mkdir(path.join(folder, 'lock'));
  const total = { held: 0, refused: 0, killed: 0, recovered: 0, stale: 0 };
  const failures: string[] = [];
  const runOne = async (seed: number): Promise<void> => {
    for (let left = runs, life = 0; left > 0; life++) {
      const said = await spawnContender(folder, left, seed + life * 1000);
      for (const line of said) {
        if (line === 'held') left--;
        if (line in total) total[line as keyof typeof total]++;
        else failures.push(line);
      }
    }
  };
  await Promise.all(Array.from({ length: processes }, (_, seed) => runOne(seed)));
  const last = await acquireInstallLock(path.join(folder, 'lock'));
  await last.release();
  const left = await readdir(path.join(folder, 'lock'));
  if (left.length > 0) failures.push(`${left.length} locks that nobody holds stayed`);
  await rm(folder, { recursive: true, force: true });
  return { processes, ...total, failures };
}

async function spawnContender(folder: string, runs: number, seed: number): Promise<string[]> {
  const script = fileURLToPath(import.meta.url);
  const clock = seed % 2 === 0 ? [] : ['--import', CLOCK];
  const command = ['--no-warnings', ...clock, script, '--contend', folder, String(runs), String(seed)];
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GANTRY_CLOCK_JUMP_S: seed % 4 === 1 ? '-3600' : '3600' },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  const said = Buffer.concat(output).toString().split('\n').filter(Boolean);
  if (signal === 'SIGKILL') said.push('killed');
  else if (status !== 0) said.push(`a contender failed (${status})`);
  return said;
}

/** Have the lock, and something that only its holder may have, again and again. */
async function contend(folder: string, runs: number, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  for (let held = 0; held < runs; ) {
    if (random.below(STALE_SHARE) === 0) await leaveStale(path.join(folder, 'lock'), random);
    try {
      const lock = await acquireInstallLock(path.join(folder, 'lock'));
      await holdAlone(path.join(folder, 'owner'), random);
      await lock.release();
      held++;
    } catch (error) {
      if (!hasCode(error, 'INSTALL_LOCKED')) throw error;
      say('refused');
      await sleep(random.below(20));
    }
  }
}

/** A lock as one is left behind by a process that is gone. */
async function leaveStale(lock: string, random: SeededRandom): Promise<void> {
  const names = await readdir(lock);
  // As somebody who has the lock writes it, or wants it.
  const [pid, startedAt, boot] = names[random.below(names.length || 1)]?.split('.') ?? [];
  if (pid === undefined || startedAt === undefined || boot === undefined) return;
  const holders = [
    [String(NOBODY), startedAt, boot],
    [pid, String(Number(startedAt) - 1), boot],
    [pid, startedAt, boot.replaceAll(/[0-9a-f]/g, '0')],
  ];
  const holder = holders[random.below(holders.length)]?.join('.');
  const name = `${holder}.${Buffer.from(random.bytes(8)).toString('hex')}.held`;
  await writeFile(path.join(lock, name), '', { flag: 'wx' });
  say('stale');
}

async function holdAlone(owner: string, random: SeededRandom): Promise<void> {
  await removeDead(owner);
  const mark = await open(owner, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  say(mark === undefined ? 'two had the lock at once' : 'held');
  await mark?.writeFile(String(process.pid));
  await mark?.close();
  if (random.below(KILL_SHARE) === 0) process.kill(process.pid, 'SIGKILL');
  await sleep(random.below(3));
  await rm(owner, { force: true });
}

/** The mark of a holder that was killed. */
async function removeDead(owner: string): Promise<void> {
  const pid = Number(await readFile(owner, 'utf8').catch(() => '0'));
  if (pid === 0 || !(await isDead(pid))) return;
  await rm(owner, { force: true });
  say('recovered');
}

async function isDead(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // A process nobody has waited for yet is listed still, in state Z.
  return stat === '' || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}

/** Written at once, so that a kill right after loses none of it. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
