import { AppError } from '../../errors.ts';
import type { InstallState } from '../../install/install-state.ts';
import { findDifferences, type PlayerFiles } from './expected-tree.ts';
import { PLAYERS_LINK, SIM_JOBS, type SimJob, SimJobBench, type SimPlace } from './sim-job-bench.ts';
import type { SimErrno } from './sim-errno.ts';
import type { DiskFault, SimWorld } from './sim-world.ts';
import { findUntidy } from './untidy-state.ts';

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

type Rest = 'old' | 'next' | 'between';

/** So many failures say what is wrong. */
const FAILURES_MAX = 20;

const PLAYER: PlayerFiles = { own: new Map(), saves: new Map(), leftOver: new Set([PLAYERS_LINK]) };

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
  if (rest === 'next') return rest;
  const again = await undisturbed(world, () => attempt(place));
  if (again !== undefined) throw new Error(`without a fault the job ended with ${again}`);
  if ((await restOf(world, place)) !== 'next') throw new Error('the job did not go on to its end');
  return rest;
}

/** @returns The code of the error it ended with. @throws Any other error. */
async function attempt(place: SimPlace): Promise<string | undefined> {
  try {
    await place.run();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw new Error(`an error without a code: ${(error as Error).stack}`, { cause: error });
  }
}

async function undisturbed<T>(world: SimWorld, program: () => Promise<T>): Promise<T> {
  const done = await world.run(program);
  if (done === undefined) throw new Error('crashed without a fault');
  return done.value;
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

/** @throws When it is none of them, or anything outside it changed. */
async function restOf(world: SimWorld, place: SimPlace): Promise<Rest> {
  const { job, places } = place;
  const state = await undisturbed(world, () => places.settle(place.to));
  places.assertUntouched(state);
  if (job === 'update in little space' && !state.playable && state.pending !== null) return 'between';
  const rest = findRest(place, state);
  const isOver = state.pending === null && state.moving === null;
  const untidy = isOver ? findUntidy((absolute) => places.look(absolute), places.root) : undefined;
  if (untidy !== undefined) throw new Error(untidy);
  return rest;
}

function findRest(place: SimPlace, { installed }: InstallState): Rest {
  const { job, places, to, before, after } = place;
  const held = place.numberOf(installed?.buildId);
  if (held !== after && held !== before) throw new Error(`it holds build ${held}`);
  const found = findOdd(place, held);
  // What was damaged, or a folder that is no install yet, is as the player had it.
  if (job === 'repair') return found.length === 0 ? 'next' : 'old';
  if (job === 'adopt' && held === null) return 'old';
  if (found.length > 0) throw new Error(`not build ${held}: ${found.slice(0, 4).join('; ')}`);
  if (to !== undefined) return places.root === to ? 'next' : 'old';
  return held === after ? 'next' : 'old';
}

function findOdd({ places, treeOf }: SimPlace, build: number | null): string[] {
  const node = places.look(places.root);
  if (node !== undefined) return findDifferences(node, treeOf(build), PLAYER);
  return build === null ? [] : ['the whole folder is gone'];
}
