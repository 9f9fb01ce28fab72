import { type ChildProcess, execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Usage, parseChildrenCpu, parsePeakMemory } from './usage.ts';

/** Peaks are monotonic within a process, so only its last moments can be missed. */
const POLL_MS = 5;

export interface ProcessWatch {
  /** To be called after the process has ended. */
  readonly finish: () => Promise<Usage>;
  readonly stop: () => void;
}

/**
 * Measure a child by /proc: memory by polling it and its own children, CPU by how much the time of our ended children
 * grew, which is exact as long as one command runs at a time.
 */
export async function watchProcess(child: ChildProcess): Promise<ProcessWatch> {
  const started = performance.now();
  const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const cpuBefore = await readChildrenCpu(ticksPerSecond);
  const ended = new AbortController();
  let peakBytes = 0;
  const poll = async (): Promise<void> => {
    while (!ended.signal.aborted && child.pid !== undefined) {
      for (const pid of [child.pid, ...(await listChildren(child.pid))]) {
        peakBytes = Math.max(peakBytes, parsePeakMemory(await readProc(`${pid}/status`)));
      }
      await sleep(POLL_MS);
    }
  };
  const polling = poll();
  return {
    finish: async () => {
      const wallSeconds = (performance.now() - started) / 1000;
      ended.abort();
      await polling;
      return { cpuSeconds: (await readChildrenCpu(ticksPerSecond)) - cpuBefore, peakBytes, wallSeconds };
    },
    stop: () => ended.abort(),
  };
}

async function readChildrenCpu(ticksPerSecond: number): Promise<number> {
  const seconds = parseChildrenCpu(await readFile('/proc/self/stat', 'utf8'), ticksPerSecond);
  if (seconds === undefined) throw new Error('/proc/self/stat is not as proc(5) has it');
  return seconds;
}

async function listChildren(pid: number): Promise<number[]> {
  const list = await readProc(`${pid}/task/${pid}/children`);
  return list.split(' ').filter(Boolean).map(Number);
}

/** Empty for a process that has ended. */
async function readProc(path: string): Promise<string> {
  return await readFile(`/proc/${path}`, 'utf8').catch(() => '');
}
