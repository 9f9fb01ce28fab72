import { wasmBase64 } from '../gen/match.ts';
import { copyBytes } from '../../threads/copy-bytes.ts';
import { compileKernel, instantiateKernel, type Kernel } from '../load-kernel.ts';
import {
  LEAD_BYTES,
  SCRATCH_BYTES,
  layMatchMemory,
  type MatchLayout,
  type MatchMemory,
} from './match-memory.ts';

/** How old bytes are indexed: the window at every `step`-th position, in buckets of 32 bytes. */
export interface MatchIndex {
  readonly oldBytes: number;
  readonly step: number;
  /** 8 to 16. */
  readonly windowBytes: number;
  readonly bucketCount: number;
}

/** What things probably cost in the patch, in sixteenths of a bit. */
export interface MatchPrices {
  /** An aligned byte that is equal, after one that was. */
  readonly equal: number;
  readonly equalAfterDifference: number;
  /** An aligned byte that differs, beside its value, after one that is equal and after one that is not. */
  readonly difference: number;
  readonly differenceAfterDifference: number;
  /** Sixteenths of a difference's entropy that it costs. */
  readonly differenceScale: number;
  /** A difference that those before it, or the old bytes, foretell. */
  readonly predictedDifference: number;
  /** A row that follows the one before without seeking. */
  readonly row: number;
  /** Each bit of the distance sought. */
  readonly seekBit: number;
  /** Bytes stored as they are before a row. */
  readonly gap: number;
  /** A byte stored as it is that three bytes before it foretell. */
  readonly predictedLiteral: number;
  /** Sixteenths of its entropy that another byte stored as it is costs. */
  readonly literalScale: number;
}

/** How to choose rows: greedily, or by what they cost. */
export type MatchSearch = 'greedy' | PricedSearch;

/** How thoroughly to look. */
export interface PricedSearch {
  /** An alignment that was right for so many bytes is left without comparing it with others any more. */
  readonly settledBytes: number;
  /** Places in old that are tried for one place in new. */
  readonly candidatesMax: number;
  /**
   * How wrong an alignment must be before others are looked for: it has 32 points at most, gains one with each right
   * byte, loses two with each wrong one, and is trusted while it has more than this.
   */
  readonly trustedScore: number;
  readonly prices: MatchPrices;
}

/** Where new bytes probably begin in old: the start of the file of the same path. */
export interface MatchHint {
  readonly newPosition: number;
  readonly oldPosition: number;
}

export interface MatchRange {
  readonly start: number;
  readonly end: number;
  /** Sorted by `newPosition`, inside the range. */
  readonly hints: readonly MatchHint[];
}

interface MatchExports extends Kernel {
  openIndex(
    old: number,
    oldBytes: number,
    table: number,
    buckets: number,
    step: number,
    windowBytes: number,
  ): void;
  readonly FILL_BYTES: WebAssembly.Global;
  beginFill(scratch: number): void;
  fillUpTo(from: number, to: number): void;
  endFill(): void;
  readonly PARSE_BYTES: WebAssembly.Global;
  setSearch(settledBytes: number, candidatesMax: number, trustedScore: number): void;
  setPrices(...prices: number[]): void;
  beginParse(scratch: number, firstNew: number, from: number, to: number): number;
  parseUpTo(until: number): number;
  proposeOld(address: number): void;
  endParse(): void;
  beginWalk(rows: number, firstNew: number, from: number, to: number): number;
  walkUpTo(until: number): number;
  proposeWalk(address: number): void;
  endWalk(): void;
  countRows(): number;
  dropRows(): void;
}

/** The kernel's functions for one way to choose rows. */
interface RowChooser {
  begin(scratch: number, firstNew: number, from: number, to: number): number;
  goUpTo(until: number): number;
  propose(address: number): void;
  end(): void;
}

/** Work between two calls of `onSlice`; also, better code of the engine is taken up by the next call only. */
const SLICE_BYTES = 2 ** 16;
const ROW_NUMBERS = 3;

const module = compileKernel(wasmBase64);

/**
 * Finds old bytes that resemble new bytes: one thread's part of a {@link MatchMemory}. Which rows are found depends on
 * the bytes, the index's shape and the search alone.
 */
export class MatchKernel {
  readonly #shared: MatchMemory;
  readonly #thread: number;
  readonly #onSlice: () => void;
  readonly #kernel: MatchExports;
  #layout: MatchLayout;
  #oldBytes = 0;

  /**
   * @param thread Number of the thread, from 0: no two use the same one.
   * @param onSlice Called every few milliseconds of work; may throw to stop it.
   */
  constructor(shared: MatchMemory, thread: number, onSlice: () => void) {
    this.#shared = shared;
    this.#thread = thread;
    this.#onSlice = onSlice;
    this.#kernel = instantiateKernel<MatchExports>(module, shared.memory);
    const { PARSE_BYTES, FILL_BYTES } = this.#kernel;
    if (Math.max(Number(PARSE_BYTES.value), Number(FILL_BYTES.value)) > SCRATCH_BYTES)
      throw new RangeError('the scratch area is too small for the kernel');
    this.#layout = layMatchMemory(shared, 0, thread);
  }

  /** Turn to an index in the shared memory, whether it is built or not. */
  openIndex({ oldBytes, bucketCount, step, windowBytes }: MatchIndex): void {
    this.#oldBytes = oldBytes;
    this.#layout = layMatchMemory(this.#shared, oldBytes, this.#thread);
    const { old, table } = this.#layout;
    this.#kernel.openIndex(old, oldBytes, table, bucketCount, step, windowBytes);
  }

  /** Where the old bytes of the opened index belong. */
  get old(): Uint8Array {
    return new Uint8Array(this.#shared.memory.buffer, this.#layout.old, this.#oldBytes);
  }

  /** Build the opened index over the old bytes that are in place. No other thread may use it meanwhile. */
  buildIndex(): void {
    this.#kernel.beginFill(this.#layout.scratch);
    for (let from = 0; from < this.#oldBytes; from += SLICE_BYTES) {
      this.#onSlice();
      this.#kernel.fillUpTo(from, from + SLICE_BYTES);
    }
    this.#kernel.endFill();
  }

  /** Take over the new bytes whose ranges are then matched. */
  loadNew(bytes: Uint8Array): void {
    if (bytes.length > this.#shared.newBytesMax)
      throw new RangeError('more new bytes than there is room for');
    const { buffer } = this.#shared.memory;
    new Uint8Array(buffer, this.#layout.newBytes - LEAD_BYTES, LEAD_BYTES).fill(0);
    copyBytes(bytes, new Uint8Array(buffer, this.#layout.newBytes, bytes.length));
  }

  /**
   * Match a range of the new bytes.
   * @returns Rows of three numbers: new start, counting from the first new byte, old start, length; sorted by new
   *   start, inside the range and the old bytes, none empty, none overlapping in new.
   */
  matchRange({ start, end, hints }: MatchRange, search: MatchSearch): Uint32Array {
    const { newBytes, old, scratch } = this.#layout;
    const chooser = this.#choose(search);
    const rows = chooser.begin(scratch, newBytes, newBytes + start, newBytes + end);
    const parts: Uint32Array[] = [];
    let position = start;
    const goUpTo = (target: number): void => {
      while (position < target) {
        this.#onSlice();
        position = Math.min(target, position + SLICE_BYTES);
        while (chooser.goUpTo(newBytes + position) === 0) parts.push(this.#takeRows(rows));
      }
    };
    for (const { newPosition, oldPosition } of hints) {
      goUpTo(newPosition);
      chooser.propose(old + oldPosition);
    }
    goUpTo(end);
    chooser.end();
    parts.push(this.#takeRows(rows));
    return joinRows(parts);
  }

  #choose(search: MatchSearch): RowChooser {
    const kernel = this.#kernel;
    if (search === 'greedy') {
      const { beginWalk: begin, walkUpTo: goUpTo, proposeWalk: propose, endWalk: end } = kernel;
      return { begin, goUpTo, propose, end };
    }
    this.#configure(search);
    const { beginParse: begin, parseUpTo: goUpTo, proposeOld: propose, endParse: end } = kernel;
    return { begin, goUpTo, propose, end };
  }

  #configure({ settledBytes, candidatesMax, trustedScore, prices }: PricedSearch): void {
    this.#kernel.setSearch(settledBytes, candidatesMax, trustedScore);
    this.#kernel.setPrices(
      prices.equal,
      prices.equalAfterDifference,
      prices.difference,
      prices.differenceAfterDifference,
      prices.row,
      prices.seekBit,
      prices.gap,
      prices.predictedLiteral,
      prices.literalScale,
      prices.differenceScale,
      prices.predictedDifference,
    );
  }

  #takeRows(address: number): Uint32Array {
    const numbers = this.#kernel.countRows() * ROW_NUMBERS;
    const rows = new Uint32Array(this.#shared.memory.buffer, address, numbers).slice();
    this.#kernel.dropRows();
    return rows;
  }
}

function joinRows(parts: readonly Uint32Array[]): Uint32Array {
  const rows = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    rows.set(part, end);
    end += part.length;
  }
  return rows;
}
