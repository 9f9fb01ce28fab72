/**
 * `node lock-child.ts PROCESSES RUNS`: processes that want the same install at once, some of them killed while they
 * have it; prints one line of JSON. `node lock-child.ts --contend FOLDER RUNS SEED` is one of them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
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
  /** Times two had it at once. */
  readonly failures: readonly string[];
}

/** One in so many holders dies. */
const KILL_SHARE = 25;

if (process.argv[2] === '--contend')
  await contend(process.argv[3] ?? '', Number(process.argv[4]), Number(process.argv[5]));
else
  process.stdout.write(`${JSON.stringify(await runAll(Number(process.argv[2]), Number(process.argv[3])))}\n`);

async function runAll(processes: number, runs: number): Promise<LockReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gantry-lock-'));
  await mkdir(path.join(folder, 'lock'));
  const total = { held: 0, refused: 0, killed: 0, recovered: 0 };
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
  await rm(folder, { recursive: true, force: true });
  return { processes, ...total, failures };
}

async function spawnContender(folder: string, runs: number, seed: number): Promise<string[]> {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(
    process.execPath,
    ['--no-warnings', script, '--contend', folder, String(runs), String(seed)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
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
