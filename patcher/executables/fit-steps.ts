import type { AddressMap } from './address-map.ts';

/** Bytes one step costs in a packed map. */
const STEP_BYTES = 3;
/** Bytes one wrongly predicted reference costs, about: references repeat, and their differences with them. */
const MISS_BYTES = 0.6;
/** Rounder addresses pack no better. */
const ROUND_BITS_MAX = 20;
/** How many shifts are kept in mind while votes pass by; the true ones recur within a few. */
const STATES_MAX = 12;

/** A step being considered: where it begins, its shift, and the step before it. */
interface Step {
  start: number;
  readonly shift: number;
  readonly before: Step | undefined;
}

/** The cheapest ways found to have each of a few shifts at the present vote, in columns. */
class States {
  readonly #shifts = new Int32Array(STATES_MAX + 1);
  readonly #costs = new Float64Array(STATES_MAX + 1);
  readonly #steps: (Step | undefined)[] = [];
  #count = 0;

  /** The last step of the cheapest way. */
  get best(): Step | undefined {
    return this.#steps[this.#cheapest()];
  }

  /** Go on over `votes` equal votes. @param start Where a step to their shift would begin. */
  advance(shift: number, start: number, votes: number): void {
    const costs = this.#costs;
    const cheapest = this.#cheapest();
    const before = this.#steps[cheapest];
    const switched = (this.#count === 0 ? 0 : (costs[cheapest] as number)) + STEP_BYTES;
    const missed = votes * MISS_BYTES;
    let same = -1;
    for (let state = 0; state < this.#count; state++) {
      if (this.#shifts[state] === shift) same = state;
      else costs[state]! += missed;
    }
    if (same < 0) {
      same = this.#count++;
      this.#shifts[same] = shift;
      costs[same] = Infinity;
    }
    if (switched < (costs[same] as number)) {
      costs[same] = switched;
      this.#steps[same] = { start, shift, before };
    }
    if (this.#count > STATES_MAX) this.#dropDearest();
  }

  #cheapest(): number {
    let best = 0;
    for (let state = 1; state < this.#count; state++) {
      if ((this.#costs[state] as number) < (this.#costs[best] as number)) best = state;
    }
    return best;
  }

  #dropDearest(): void {
    let worst = 0;
    for (let state = 1; state < this.#count; state++) {
      if ((this.#costs[state] as number) >= (this.#costs[worst] as number)) worst = state;
    }
    this.#count--;
    this.#shifts[worst] = this.#shifts[this.#count] as number;
    this.#costs[worst] = this.#costs[this.#count] as number;
    this.#steps[worst] = this.#steps[this.#count];
    this.#steps[this.#count] = undefined;
  }
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
  const states = new States();
  let before = -1;
  for (let from = 0, to = 0; from < addresses.length; from = to) {
    const shift = shifts[from] as number;
    while (to < addresses.length && shifts[to] === shift) to++;
    const start = before < 0 ? 0 : roundAddress(before, addresses[from] as number);
    states.advance(shift, start, to - from);
    before = addresses[to - 1] as number;
  }
  return collectSteps(states.best);
}

/** Any start behind the last vote before and up to the first of the step will do: the roundest packs best. */
function roundAddress(behind: number, upTo: number): number {
  // The highest bit in which they differ is set in `upTo`: without the bits below it is still larger.
  const bits = Math.min(ROUND_BITS_MAX, 31 - Math.clz32(behind ^ upTo));
  return bits > 0 ? ((upTo >>> bits) << bits) >>> 0 : upTo;
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
