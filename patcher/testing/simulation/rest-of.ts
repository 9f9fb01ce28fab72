import { PLAYERS_LINK } from '../faults/canaries.ts';
import { AppError } from '../../errors.ts';
import type { InstallState } from '../../install/install-state.ts';
import { findDifferences, type PlayerFiles } from './expected-tree.ts';
import type { SimPlace } from './sim-job-bench.ts';
import type { SimWorld } from './sim-world.ts';
import { findUntidy } from './untidy-state.ts';

/** What an install is when nothing happens any more. */
export type Rest = 'old' | 'next' | 'between';

const PLAYER: PlayerFiles = { own: new Map(), saves: new Map(), leftOver: new Set([PLAYERS_LINK]) };

/** @returns The code of the error it ended with. @throws Any other error. */
export async function attempt(place: SimPlace): Promise<string | undefined> {
  try {
    await place.run();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw new Error(`an error without a code: ${(error as Error).stack}`, { cause: error });
  }
}

export async function undisturbed<T>(world: SimWorld, program: () => Promise<T>): Promise<T> {
  const done = await world.run(program);
  if (done === undefined) throw new Error('crashed without a fault');
  return done.value;
}

/** @throws When it is none of them, or anything outside it changed. */
export async function restOf(world: SimWorld, place: SimPlace): Promise<Rest> {
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

/** Do the same job again with nothing in its way. @throws When it does not end in what it should. */
export async function goOn(world: SimWorld, place: SimPlace): Promise<void> {
  const again = await undisturbed(world, () => attempt(place));
  if (again !== undefined) throw new Error(`without a fault the job ended with ${again}`);
  if ((await restOf(world, place)) !== 'next') throw new Error('the job did not go on to its end');
}
