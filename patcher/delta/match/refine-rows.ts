import type { RowTriples } from '../../kernels/rows/rows-coder.ts';
import { matchGap } from './match-gap.ts';

/**
 * What choices cost when old bytes were rewritten by an address map, so that aligned code is hardly ever different. A byte that
 * differs costs more than its coding: where a third do, the row is a guess, and hides copies from the coder of extra bytes. With
 * 5 and 7 instead, patches of eight pairs of programs were 3 to 10 % larger.
 */
const BITS = {
  /** A byte in no row. */
  extra: 4,
  /** An aligned byte that differs from its guess. */
  different: 12,
  /** A row more. */
  row: 26,
} as const;

interface Row {
  newStart: number;
  oldStart: number;
  length: number;
}

/**
 * Fit rows to better guesses than the old bytes they were found with: a row between two of the same shift goes when they
 * explain its bytes as well, and rows grow into the gaps beside them.
 * @param guess The old bytes, rewritten.
 */
export function refineRows(rows: RowTriples, guess: Uint8Array, newBytes: Uint8Array): RowTriples {
  const grown = growRows(dropDetours(toRows(rows), guess, newBytes), guess, newBytes);
  const refined = growRows(fillGaps(grown, guess, newBytes), guess, newBytes);
  const triples = new Uint32Array(3 * refined.length);
  refined.forEach(({ newStart, oldStart, length }, row) =>
    triples.set([newStart, oldStart, length], 3 * row),
  );
  return triples;
}

function toRows(triples: RowTriples): Row[] {
  return Array.from({ length: triples.length / 3 }, (_, row) => ({
    newStart: triples[3 * row] as number,
    oldStart: triples[3 * row + 1] as number,
    length: triples[3 * row + 2] as number,
  }));
}

/** Longer rows than this are no detours. */
const DETOUR_BYTES_MAX = 4096;

/** Let the row before run on over the next one, and to the one after it, where that costs less. */
function dropDetours(rows: readonly Row[], guess: Uint8Array, newBytes: Uint8Array): Row[] {
  const kept: Row[] = [];
  for (let next = 0; next < rows.length; next++) {
    const row = rows[next] as Row;
    const before = kept.at(-1);
    const after = rows[next + 1];
    if (before !== undefined && after !== undefined && isDetour(before, row, after, { guess, newBytes })) {
      before.length = after.newStart + after.length - before.newStart;
      next++;
    } else {
      kept.push({ ...row });
    }
  }
  return kept;
}

interface Sides {
  readonly guess: Uint8Array;
  readonly newBytes: Uint8Array;
}

function isDetour(before: Row, row: Row, after: Row, { guess, newBytes }: Sides): boolean {
  const shift = before.oldStart - before.newStart;
  if (row.length > DETOUR_BYTES_MAX || after.oldStart - after.newStart !== shift) return false;
  const from = before.newStart + before.length;
  const through = after.newStart - from;
  if (through > 2 * DETOUR_BYTES_MAX) return false;
  const straight = BITS.different * countDifferent(newBytes, from, guess, from + shift, through);
  const detour =
    2 * BITS.row +
    BITS.extra * (through - row.length) +
    BITS.different * countDifferent(newBytes, row.newStart, guess, row.oldStart, row.length);
  return straight <= detour;
}

function countDifferent(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number,
): number {
  let different = 0;
  for (let i = 0; i < length; i++) different += a[aStart + i] === b[bStart + i] ? 0 : 1;
  return different;
}

/** Shorter gaps are hardly worth a row. */
const GAP_BYTES_MIN = 64;
/** Where much more lies on the old side, the rows beside the gap are not neighbours there. */
const GAP_OLD_SHARE_MAX = 4;

/** Add rows inside gaps, from the old bytes between the same two rows. */
function fillGaps(rows: readonly Row[], guess: Uint8Array, newBytes: Uint8Array): Row[] {
  return rows.flatMap((row, index) => {
    const after = rows[index + 1];
    const newStart = row.newStart + row.length;
    const oldStart = row.oldStart + row.length;
    if (after === undefined || after.newStart - newStart < GAP_BYTES_MIN) return [row];
    const oldBytes = after.oldStart - oldStart;
    const tooFar = GAP_OLD_SHARE_MAX * (after.newStart - newStart);
    if (oldBytes < GAP_BYTES_MIN || oldBytes > tooFar) return [row];
    const gap = { newBytes, newStart, newEnd: after.newStart, guess, oldStart, oldEnd: after.oldStart };
    return [row, ...matchGap(gap)];
  });
}

function growRows(rows: Row[], guess: Uint8Array, newBytes: Uint8Array): Row[] {
  for (let next = 0; next <= rows.length; next++) {
    const before = rows[next - 1];
    const after = rows[next];
    const from = before === undefined ? 0 : before.newStart + before.length;
    const to = after?.newStart ?? newBytes.length;
    if (from < to) growInto(from, to, before, after, { guess, newBytes });
  }
  return joinRows(rows);
}

/** Share a gap between the rows beside it: each takes as much as saves most, and between them where both would. */
function growInto(
  from: number,
  to: number,
  before: Row | undefined,
  after: Row | undefined,
  sides: Sides,
): void {
  const gap = to - from;
  forward.weigh(from, before, gap, 1, sides);
  backward.weigh(to - 1, after, gap, -1, sides);
  backward.keepBest();
  let best = 0;
  let taken = 0;
  for (let length = 0; length < forward.count; length++) {
    const total = forward.gainOf(length) + backward.gainOf(gap - length);
    if (total > best) {
      best = total;
      taken = length;
    }
  }
  const left = backward.lengthOf(gap - taken);
  if (before !== undefined) before.length += taken;
  if (after !== undefined) {
    after.newStart -= left;
    after.oldStart -= left;
    after.length += left;
  }
}

/** A row that lost so much is not going to win it back. */
const PATIENCE_BITS = 160;
/** A row grows by so many bytes at once: what is left of a longer gap is searched for better rows first. */
const GROWTH_BYTES_MAX = 2 ** 16;

/** Bits saved by taking 0, 1, 2 … bytes of a gap into a row. Used again for each gap: there are thousands in a file. */
class Gains {
  readonly #gains = new Int32Array(GROWTH_BYTES_MAX + 1);
  readonly #lengths = new Int32Array(GROWTH_BYTES_MAX + 1);
  /** Taking none saves nothing. */
  #count = 1;

  /** How many lengths were weighed. */
  get count(): number {
    return this.#count;
  }

  /** Of a length, or of all that were weighed. */
  gainOf(length: number): number {
    return this.#gains[Math.min(length, this.#count - 1)] as number;
  }

  /** After {@link keepBest}: which length up to this one saves most. */
  lengthOf(length: number): number {
    return this.#lengths[Math.min(length, this.#count - 1)] as number;
  }

  /** Weigh taking bytes one way from `first`, until too much is lost. */
  weigh(first: number, row: Row | undefined, gap: number, step: 1 | -1, { guess, newBytes }: Sides): void {
    this.#count = 1;
    if (row === undefined) return;
    const shift = row.oldStart - row.newStart;
    const most = Math.min(gap, GROWTH_BYTES_MAX);
    let gain = 0;
    let best = 0;
    for (let at = first; this.#count <= most; at += step) {
      const old = at + shift;
      if (old < 0 || old >= guess.length) break;
      gain += newBytes[at] === guess[old] ? BITS.extra : BITS.extra - BITS.different;
      this.#gains[this.#count++] = gain;
      if (gain > best) best = gain;
      else if (gain < best - PATIENCE_BITS) break;
    }
  }

  /** For each length, the best gain of any length up to it. */
  keepBest(): void {
    let best = 0;
    let length = 0;
    for (let i = 0; i < this.#count; i++) {
      const gain = this.#gains[i] as number;
      if (gain > best) {
        best = gain;
        length = i;
      }
      this.#gains[i] = best;
      this.#lengths[i] = length;
    }
  }
}

/** The thread's: one gap is shared after the other. */
const forward = new Gains();
const backward = new Gains();

/** Rows that now continue each other become one. */
function joinRows(rows: readonly Row[]): Row[] {
  const joined: Row[] = [];
  for (const row of rows) {
    const before = joined.at(-1);
    const continues =
      before !== undefined &&
      before.newStart + before.length === row.newStart &&
      before.oldStart + before.length === row.oldStart;
    if (continues) before.length += row.length;
    else joined.push(row);
  }
  return joined;
}
