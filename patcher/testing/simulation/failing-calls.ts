import { attempt, goOn, type Rest, restOf, undisturbed } from './rest-of.ts';
import { SIM_JOBS, type SimJob, SimJobBench, type SimPlace } from './sim-job-bench.ts';
import type { SimErrno } from './sim-errno.ts';
import type { DiskFault, SimWorld } from './sim-world.ts';

/** Calls of jobs that fail, one run a call. */
export interface FailingCalls {
  readonly jobs?: readonly SimJob[];
  readonly errno: SimErrno;
  /** Every so manieth call, whether it changes something or not. */
  readonly every: number;
  /** Of these only one part of so many, for a process of several. */
  readonly part?: number;
  readonly parts?: number;
}

export interface FailingCallsReport {
  /** Calls of all jobs together. */
  readonly points: number;
  readonly runs: number;
  /** Jobs that ended well all the same. */
  readonly done: number;
  readonly old: number;
  readonly next: number;
  readonly between: number;
  readonly worstMiB: number;
  readonly codes: readonly string[];
  readonly failures: readonly string[];
}

/** So many failures say what is wrong. */
const FAILURES_MAX = 20;

/**
 * Let calls of jobs fail, each once and from then on. The job then ends well or with an error that has a code, and leaves
 * no file open; the install is at rest the old build or the new one, even if the power goes right after a job that ended
 * well; nothing outside it has changed; and the same job then ends in the new build.
 */
export async function failCalls(world: SimWorld, calls: FailingCalls): Promise<FailingCallsReport> {
  const { jobs = SIM_JOBS, errno: effect, every, part = 0, parts = 1 } = calls;
  const bench = await SimJobBench.start(world);
  const total = { points: 0, runs: 0, done: 0, old: 0, next: 0, between: 0 };
  const codes = new Set<string>();
  const failures: string[] = [];
  for (const job of jobs) {
    const count = await bench.countCalls(job);
    total.points += count;
    for (let at = 1 + part * every; at <= count && failures.length < FAILURES_MAX; at += every * parts) {
      for (const persistent of [false, true]) {
        total.runs++;
        try {
          const place = await bench.lay(job);
          const { code, rest } = await strike(world, place, { at, counted: 'all', effect, persistent });
          if (code === undefined) total.done++;
          else codes.add(code);
          total[rest]++;
        } catch (error) {
          const when = persistent ? 'from then on' : 'once';
          failures.push(`${job}, ${effect} at call ${at}, ${when}: ${(error as Error).message}`);
        }
      }
    }
  }
  const worstMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  return { ...total, worstMiB, codes: [...codes].toSorted(), failures };
}

/** @throws When a promise is broken. */
async function strike(
  world: SimWorld,
  place: SimPlace,
  fault: DiskFault,
): Promise<{ readonly code: string | undefined; readonly rest: Rest }> {
  world.set(fault);
  const code = await undisturbed(world, () => attempt(place));
  const { struck = 'none' } = world;
  world.set(undefined);
  try {
    return { code, rest: await bringToEnd(world, place, code) };
  } catch (error) {
    throw new Error(`${struck}: ${(error as Error).message}`, { cause: error });
  }
}

/** @returns What it was at rest. */
async function bringToEnd(world: SimWorld, place: SimPlace, code: string | undefined): Promise<Rest> {
  assertClosed(world);
  if (code === undefined) cutPower(world);
  const rest = await restOf(world, place);
  if (code === undefined && rest !== 'next') throw new Error(`it ended well, and is ${rest}`);
  if (rest !== 'next') await goOn(world, place);
  return rest;
}

function cutPower(world: SimWorld): void {
  world.crashed = 'power';
  world.reboot();
}

/** The process lives on: each descriptor left open is one it never has again. */
function assertClosed(world: SimWorld): void {
  const open = [world.player, world.drive].flatMap((disk) => disk.openPaths());
  if (open.length > 0) throw new Error(`left open: ${open.join(', ')}`);
}
