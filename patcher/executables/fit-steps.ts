import type { AddressMap } from './address-map.ts';

/** Bytes one step costs in a packed map. */
const STEP_BYTES = 3;
/** Bytes one wrongly predicted reference costs, about: references repeat, and their differences with them. */
const MISS_BYTES = 0.6;
/** How many shifts are kept in mind while votes pass by; the true ones recur within a few. */
const STATES_MAX = 12;

/** A step being considered: where it begins, its shift, and the step before it. */
interface Step {
  start: number;
  readonly shift: number;
  readonly before: Step | undefined;
}

/** The cheapest way found to have this shift at the present vote. */
interface State {
  cost: number;
  step: Step;
}

/**
 * Find the step function that predicts votes at the least cost: every step costs some bytes, and so does every vote it
 * gets wrong. Dynamic programming over runs of equal votes, keeping the few cheapest shifts.
 * @param votes Sorted by address.
 */
export function fitSteps(votes: {
  readonly addresses: Uint32Array;
  readonly shifts: Int32Array;
}): Pick<AddressMap, 'stepStarts' | 'stepShifts'> {
  const { addresses, shifts } = votes;
  let states: State[] = [];
  let before = -1;
  for (let from = 0, to = 0; from < addresses.length; from = to) {
    const shift = shifts[from] as number;
    while (to < addresses.length && shifts[to] === shift) to++;
    const start = before < 0 ? 0 : roundAddress(before, addresses[from] as number);
    states = advance(states, { shift, start, votes: to - from });
    before = addresses[to - 1] as number;
  }
  return collectSteps(cheapest(states)?.step);
}

function advance(states: State[], run: { shift: number; start: number; votes: number }): State[] {
  const best = cheapest(states);
  const switched = (best?.cost ?? 0) + STEP_BYTES;
  let same: State | undefined;
  for (const state of states) {
    if (state.step.shift === run.shift) same = state;
    else state.cost += run.votes * MISS_BYTES;
  }
  if (same === undefined) {
    same = { cost: Infinity, step: { start: run.start, shift: run.shift, before: best?.step } };
    states.push(same);
  }
  if (switched < same.cost) {
    same.cost = switched;
    same.step = { start: run.start, shift: run.shift, before: best?.step };
  }
  if (states.length <= STATES_MAX) return states;
  return states.sort((a, b) => a.cost - b.cost).slice(0, STATES_MAX);
}

function cheapest(states: readonly State[]): State | undefined {
  let best = states[0];
  for (const state of states) if (state.cost < (best as State).cost) best = state;
  return best;
}

/** Any start behind the last vote before and up to the first of the step will do: the roundest packs best. */
function roundAddress(behind: number, upTo: number): number {
  for (let bits = 20; bits > 0; bits--) {
    const rounded = Math.floor(upTo / 2 ** bits) * 2 ** bits;
    if (rounded > behind) return rounded;
  }
  return upTo;
}

function collectSteps(last: Step | undefined): Pick<AddressMap, 'stepStarts' | 'stepShifts'> {
  const steps: Step[] = [];
  for (let step = last; step !== undefined; step = step.before) steps.push(step);
  if (steps.length === 0) steps.push({ start: 0, shift: 0, before: undefined });
  steps.reverse();
  if (steps[0] !== undefined) steps[0].start = 0;
  // Votes that contradict each other about one address make steps of no length.
  const long = steps.filter(({ start }, index) => start < (steps[index + 1]?.start ?? Infinity));
  return {
    stepStarts: Uint32Array.from(long, ({ start }) => start),
    stepShifts: Int32Array.from(long, ({ shift }) => shift),
  };
}
