import { wasmBase64 } from '../gen/differences.ts';
import { compileKernel, createMemory, growMemory, instantiateKernel, type Kernel } from '../load-kernel.ts';

/** `quick` decodes several times as fast, `full` makes fewer bytes. Bytes of one level mean nothing to the other. */
export type DifferencesLevel = 'quick' | 'full';

/** New bytes to code, given old bytes of the same number. */
export interface DifferencesInput {
  readonly predicted: Uint8Array;
  readonly actual: Uint8Array;
  /** What both sides know of each byte, see {@link DifferencesCoder}; none are all zeros. */
  readonly marks?: Uint8Array | undefined;
  readonly level: DifferencesLevel;
}

/** Where {@link DifferencesCoder.encodeLaid} expects what it codes: views of the kernel's memory, good until then. */
export interface DifferencesRoom {
  readonly predicted: Uint8Array;
  readonly actual: Uint8Array;
  /** Empty when none were asked for. */
  readonly marks: Uint8Array;
}

/** Differences as they were coded, with the same old bytes, marks and level as then. */
export interface CodedDifferences {
  readonly predicted: Uint8Array;
  readonly marks?: Uint8Array | undefined;
  readonly coded: Uint8Array;
  readonly level: DifferencesLevel;
}

/** Where bytes lie in a memory, by addresses. */
export interface DifferencesPlaces {
  /** Of the old bytes, which become the new ones; `DIFFERENCES_PADDING_BYTES` behind them are overwritten. */
  readonly at: number;
  readonly length: number;
  /** Of the marks, if there are any, padded in the same way. */
  readonly marksAt: number | undefined;
  /** Room for the coded bytes. */
  readonly codedAt: number;
}

/** Where an encoder's bytes lie. */
interface EncodingPlaces {
  readonly oldAt: number;
  readonly newAt: number;
  readonly marksAt: number;
  readonly codedAt: number;
  readonly length: number;
  readonly marked: boolean;
  /** Behind all that coding them takes. */
  readonly end: number;
}

interface DifferencesKernel extends Kernel {
  prepare(): void;
  firstFree(): number;
  scratchBytes(): number;
  /** 1 or 0. */
  areEqual(one: number, other: number, length: number): number;
  encode(
    way: number,
    oldBytes: number,
    newBytes: number,
    marks: number,
    length: number,
    output: number,
    outputMax: number,
  ): number;
  decode(way: number, bytes: number, marks: number, length: number, coded: number, codedBytes: number): void;
}

const module = compileKernel(wasmBase64);

/** The kernel's ways to code bytes: in nibbles, or by mixed decisions. */
const WAYS = { quick: 0, full: 1 } as const satisfies Record<DifferencesLevel, number>;

/** The first coded byte. */
const CODING = { stored: 0, coded: 1 } as const;

/** The kernel looks at whole blocks of this many bytes, and at some bytes behind the last. */
const BLOCK_BYTES = 1024;
const SLACK_BYTES = 64;

/** What {@link DifferencesCoder.decodeAt} overwrites behind its bytes, at most. */
export const DIFFERENCES_PADDING_BYTES = BLOCK_BYTES + SLACK_BYTES;

/** Where the kernel's data begins, as its `asconfig.json` says; below it the coders of extra bytes have theirs. */
export const DIFFERENCES_DATA_AT = 2 ** 21;

/** The kernel checks its room once a block; a block takes at most 20 bytes for each of its own. */
const OVERSHOOT_BYTES = 32 * BLOCK_BYTES;

/**
 * Codes new bytes given the old bytes they resemble, byte for byte. It holds about 7 MB for its model and, beside
 * that, what it is given: both sides and the marks when encoding, one side, the marks and the coded bytes when decoding.
 * The memory is kept for the next call.
 *
 * Marks tell the model about each byte: bit 0, that rows of different origin meet before it; bits 1 to 3, its place
 * in a field that was predicted (0: none; 1 to 4: byte 0 to 3 of a 32-bit field; 5 to 7: another).
 * @see docs/formats/differences-coding.md
 */
export class DifferencesCoder {
  #kernel: DifferencesKernel;
  readonly #start: number;

  /** @param memory One that other kernels use, too; nothing was written yet to what this one keeps its data in. */
  constructor(memory: WebAssembly.Memory = createMemory()) {
    this.#kernel = instantiateKernel<DifferencesKernel>(module, memory);
    this.#kernel.prepare();
    this.#start = this.#kernel.firstFree();
  }

  /**
   * Lay the kernel's data anew, over which something else was written: a millisecond.
   * @param end Behind all that was written to.
   */
  renew(end: number): void {
    const { memory } = this.#kernel;
    if (end <= DIFFERENCES_DATA_AT) return;
    new Uint8Array(memory.buffer, 0, Math.min(end, this.#start)).fill(0, DIFFERENCES_DATA_AT);
    this.#kernel = instantiateKernel<DifferencesKernel>(module, memory);
    this.#kernel.prepare();
  }

  /** @returns At most one byte more than there are new bytes; none when both sides are equal. */
  encode({ predicted, actual, marks, level }: DifferencesInput): Uint8Array {
    if (predicted.length !== actual.length) throw new RangeError('both sides must be of one length');
    const room = this.encodingRoom(actual.length, marks !== undefined);
    room.predicted.set(predicted);
    room.actual.set(actual);
    if (marks) room.marks.set(marks);
    return this.encodeLaid(room, level);
  }

  /** Where {@link encodeLaid} expects both sides and, if there are any, the marks. */
  encodingRoom(length: number, marked: boolean): DifferencesRoom {
    const { oldAt, newAt, marksAt, end } = this.#encodingPlaces(length, marked);
    growMemory(this.#kernel.memory, end);
    const { buffer } = this.#kernel.memory;
    return {
      predicted: new Uint8Array(buffer, oldAt, length),
      actual: new Uint8Array(buffer, newAt, length),
      marks: new Uint8Array(buffer, marksAt, marked ? length : 0),
    };
  }

  /** {@link encode} what was laid into {@link encodingRoom}, which is of no use afterwards. */
  encodeLaid({ actual, marks }: DifferencesRoom, level: DifferencesLevel): Uint8Array {
    const { length } = actual;
    if (length === 0) return new Uint8Array(0);
    const places = this.#encodingPlaces(length, marks.length > 0);
    for (const at of [places.oldAt, places.newAt]) this.#clearPadding(at, length);
    if (marks.length > 0) this.#clearPadding(places.marksAt, length);
    if (this.#kernel.areEqual(places.oldAt, places.newAt, length) !== 0) return new Uint8Array(0);
    return this.#encodeBy(WAYS[level], places) ?? concatBytes(CODING.stored, actual);
  }

  #encodingPlaces(length: number, marked: boolean): EncodingPlaces {
    const padded = padLength(length);
    const oldAt = this.#start;
    const newAt = oldAt + padded;
    const marksAt = newAt + padded;
    const codedAt = marksAt + (marked ? padded : 0);
    const end = codedAt + length + Math.max(this.#kernel.scratchBytes(), OVERSHOOT_BYTES);
    return { oldAt, newAt, marksAt, codedAt, length, marked, end };
  }

  /** @returns Nothing where it would be no smaller than the new bytes. */
  #encodeBy(
    way: number,
    { oldAt, newAt, marksAt, codedAt, length, marked }: EncodingPlaces,
  ): Uint8Array | undefined {
    const bytes = this.#kernel.encode(way, oldAt, newAt, marked ? marksAt : 0, length, codedAt, length);
    if (bytes < 0 || bytes >= length) return undefined;
    return concatBytes(CODING.coded, new Uint8Array(this.#kernel.memory.buffer, codedAt, bytes));
  }

  /**
   * Decode bytes that may be anything: damaged ones make other bytes of the same length in about the same time.
   * @returns A copy; {@link decodeInPlace} makes none.
   */
  decode({ predicted, marks, coded, level }: CodedDifferences): Uint8Array {
    this.predictedRoom(predicted.length).set(predicted);
    return this.decodeInPlace({ length: predicted.length, marks, coded, level }).slice();
  }

  /** Where {@link decodeInPlace} expects the old bytes: a view of the kernel's memory, good until then. */
  predictedRoom(length: number): Uint8Array {
    growMemory(this.#kernel.memory, this.#start + padLength(length));
    return new Uint8Array(this.#kernel.memory.buffer, this.#start, length);
  }

  /**
   * Turn the old bytes laid into {@link predictedRoom} into the new ones.
   * @returns The same place, as a view that is good until the next call.
   */
  decodeInPlace({
    length,
    marks,
    coded,
    level,
  }: Omit<CodedDifferences, 'predicted'> & { readonly length: number }): Uint8Array {
    const padded = padLength(length);
    const marksAt = this.#start + padded;
    const codedAt = marksAt + (marks ? padded : 0);
    growMemory(this.#kernel.memory, codedAt + coded.length);
    if (marks) this.#lay(marksAt, marks);
    const places = { at: this.#start, length, marksAt: marks ? marksAt : undefined, codedAt };
    this.decodeAt(places, { coded, level });
    return new Uint8Array(this.#kernel.memory.buffer, this.#start, length);
  }

  /** First address that the coder leaves to others who use its memory. */
  get firstFree(): number {
    return this.#start;
  }

  /** {@link decodeInPlace} at any place of the memory, which reaches as far as `places` need. */
  decodeAt(places: DifferencesPlaces, { coded, level }: Pick<CodedDifferences, 'coded' | 'level'>): void {
    const { at, length, marksAt, codedAt } = places;
    const { buffer } = this.#kernel.memory;
    if (coded[0] === CODING.stored) {
      new Uint8Array(buffer, at, length).fill(0).set(coded.subarray(1, 1 + length));
    } else if (coded.length > 0) {
      this.#clearPadding(at, length);
      if (marksAt !== undefined) this.#clearPadding(marksAt, length);
      new Uint8Array(buffer, codedAt, coded.length).set(coded);
      this.#kernel.decode(WAYS[level], at, marksAt ?? 0, length, codedAt + 1, coded.length - 1);
    }
  }

  #lay(at: number, bytes: Uint8Array): void {
    new Uint8Array(this.#kernel.memory.buffer, at, bytes.length).set(bytes);
    this.#clearPadding(at, bytes.length);
  }

  /** What lies behind the last byte is part of its neighbours' contexts: zeros on both sides. */
  #clearPadding(at: number, length: number): void {
    new Uint8Array(this.#kernel.memory.buffer, at + length, padLength(length) - length).fill(0);
  }
}

function padLength(length: number): number {
  return Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES + SLACK_BYTES;
}

function concatBytes(first: number, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + rest.length);
  bytes[0] = first;
  bytes.set(rest, 1);
  return bytes;
}
