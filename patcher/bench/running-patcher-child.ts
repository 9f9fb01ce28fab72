/**
 * `node running-patcher-child.ts '<json>'`: install a build, or verify an install, through a patcher process that has
 * installed another before, as the launcher does for every job after its first, and print one line of JSON: what that took from
 * asking to the answer. CPU is that of both processes. Linux only: the other process is read in `/proc`.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { DownloadGrant, GrantProvider } from '../download/hosts/grant.ts';
import { forkEntry, startPatcherProcess } from '../process/patcher-client.ts';
import type { VerifyReport } from '../install/verify/verify-tree.ts';
import type { ChildJob } from '../testing/jobs/child-job.ts';

interface RunningJob extends Pick<ChildJob, 'verb' | 'root' | 'build' | 'grant'> {
  readonly before: Pick<ChildJob, 'build' | 'grant'>;
}

/** What `/proc` counts CPU time in; the same on all of Linux. */
const TICKS_A_SECOND = 100;

/** A process that has done its first job writes down what it compiled for it. */
const REST_MS = 300;

const { verb, root, build, grant, before } = JSON.parse(process.argv[2] ?? '{}') as RunningJob;
const children: ChildProcess[] = [];
const client = startPatcherProcess({
  spawn: (entry) => {
    const child = forkEntry(entry);
    children.push(child);
    return {
      send: (message) => child.send(message, () => {}),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void child.on('exit', (code) => listener(`status ${code}`)),
      kill: () => void child.kill('SIGKILL'),
    };
  },
});
const elsewhere = mkdtempSync(path.join(tmpdir(), 'gantry-running-'));
try {
  await client.install({
    root: path.join(elsewhere, 'before'),
    build: before.build,
    grants: grantsOf(before.grant),
  });
  await setTimeout(REST_MS);
  const cpuBefore = readCpuSeconds();
  const began = performance.now();
  if (verb === 'install') await client.install({ root, build, grants: grantsOf(grant) });
  else assertSound(await client.verify({ root }));
  const wallSeconds = (performance.now() - began) / 1000;
  const cpuSeconds = readCpuSeconds() - cpuBefore;
  process.stdout.write(`${JSON.stringify({ wallSeconds, cpuSeconds, peakBytes: readPeakBytes() })}\n`);
} finally {
  client.close();
  rmSync(elsewhere, { recursive: true });
}

function grantsOf(known: DownloadGrant): GrantProvider {
  const current = async () => known;
  return { current, refresh: current };
}

function assertSound({ damage }: VerifyReport): void {
  if (damage.length > 0) throw new Error(`it has ${damage.length} damages`);
}

function readCpuSeconds(): number {
  const stat = readFileSync(`/proc/${children[0]?.pid}/stat`, 'latin1');
  // The name, in parentheses, may hold blanks; utime and stime are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const { user, system } = process.cpuUsage();
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND + (user + system) / 1e6;
}

function readPeakBytes(): number {
  const status = readFileSync(`/proc/${children[0]?.pid}/status`, 'latin1');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
