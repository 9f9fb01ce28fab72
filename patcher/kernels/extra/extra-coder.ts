import { wasmBase64 } from '../gen/extra.ts';
import { compileKernel, createMemory, growMemory, instantiateKernel, type Kernel } from '../load-kernel.ts';

interface ExtraKernel extends Kernel {
  plan(
    start: number,
    newBytes: number,
    gapCount: number,
    codedBytes: number,
    extraBytes: number,
    encoding: boolean,
  ): void;
  newAddress(): number;
  gapsAddress(): number;
  codedAddress(): number;
  endAddress(): number;
  encode(level: number): number;
  /** 1: as an encoder writes it; 0: damaged. */
  decode(): number;
  decodeAt(
    newAt: number,
    newBytes: number,
    gapsAt: number,
    gapCount: number,
    codedAt: number,
    codedBytes: number,
    extraBytes: number,
  ): number;
}

/** `fast` costs about a fifth of the CPU of `default` and 12 % more bytes; one decoder reads both. */
export type ExtraLevel = 'fast' | 'default';

export interface EncodeExtraOptions {
  /** All new bytes of the segment, at most 16 MiB. */
  readonly newBytes: Uint8Array;
  /** Pairs of start and length in the new bytes, ascending and apart: what no row covers. */
  readonly gaps: Uint32Array;
  readonly level: ExtraLevel;
}

export interface DecodeExtraOptions {
  /** The new bytes with all rows in place; the gaps are filled in it. */
  readonly newBytes: Uint8Array;
  readonly gaps: Uint32Array;
  readonly coded: Uint8Array;
}

const LEVELS = { fast: 0, default: 1 } as const;
const NEW_BYTES_MAX = 2 ** 24;
/** Room for what each chunk adds to bytes that do not shrink: a header of a byte for 32 KiB. */
const SLACK_BYTES = 4096;
const EMPTY = new Uint8Array();

const module = compileKernel(wasmBase64);
let instance: ExtraKernel | undefined;

/** One per thread. It keeps its memory, of at most the largest segment and, once it has encoded, 16 MB more. */
function getKernel(): ExtraKernel {
  instance ??= instantiateKernel<ExtraKernel>(module, createMemory());
  return instance;
}

/** A part of a memory that others use, too. */
export interface ExtraRoom {
  readonly memory: WebAssembly.Memory;
  /** From here on the memory is free; the coder's tables lie below 2 MiB in any case. */
  readonly start: number;
}

/**
 * Code the bytes of a segment that lie in no row.
 * @returns At most 1 byte in 32 Ki, and 4 KiB, longer than these bytes; `[]` when there are none.
 * @see docs/formats/extra-coding.md
 */
export function encodeExtra(options: EncodeExtraOptions): Uint8Array {
  return encodeAt(getKernel(), 0, options);
}

/** {@link encodeExtra} in a memory of which other coders use a part. */
export class ExtraEncoder {
  readonly #kernel: ExtraKernel;
  readonly #start: number;

  constructor({ memory, start }: ExtraRoom) {
    this.#kernel = instantiateKernel<ExtraKernel>(module, memory);
    this.#start = start;
  }

  encode(options: EncodeExtraOptions): Uint8Array {
    return encodeAt(this.#kernel, this.#start, options);
  }
}

function encodeAt(kernel: ExtraKernel, start: number, options: EncodeExtraOptions): Uint8Array {
  const { newBytes, gaps, level } = options;
  const extraBytes = countExtra({ newBytes, gaps });
  if (extraBytes === 0) return EMPTY;
  const room = extraBytes + Math.ceil(extraBytes / 2 ** 15) + SLACK_BYTES;
  kernel.plan(start, newBytes.length, gaps.length / 2, room, extraBytes, true);
  setDown(kernel, { newBytes, gaps });
  const length = kernel.encode(LEVELS[level]);
  return new Uint8Array(kernel.memory.buffer, kernel.codedAddress(), length).slice();
}

/**
 * Fill the gaps of a segment's new bytes.
 * @returns Whether the coded bytes are as an encoder writes them; if not, some gaps hold wrong bytes. Not all
 * damage is noticed, so callers verify a hash of the result in any case.
 * @see docs/formats/extra-coding.md
 */
export function decodeExtra(options: DecodeExtraOptions): boolean {
  const { newBytes, gaps, coded } = options;
  const extraBytes = countExtra({ newBytes, gaps });
  const kernel = getKernel();
  kernel.plan(0, newBytes.length, gaps.length / 2, coded.length, extraBytes, false);
  setDown(kernel, { newBytes, gaps });
  new Uint8Array(kernel.memory.buffer, kernel.codedAddress(), coded.length).set(coded);
  const isWhole = kernel.decode() !== 0;
  newBytes.set(new Uint8Array(kernel.memory.buffer, kernel.newAddress(), newBytes.length));
  return isWhole;
}

/** Where a segment lies in a memory, by addresses. */
export interface ExtraPlaces {
  /** Below it the memory is not free: 16 bytes before it and 64 behind the new bytes are overwritten. */
  readonly newAt: number;
  readonly newBytes: number;
  /** Room for the gaps. */
  readonly gapsAt: number;
  /** Room for the coded bytes and 16 more. */
  readonly codedAt: number;
}

/** Decodes in a memory that holds the new bytes already; its tables lie below 2 MiB. */
export class ExtraDecoder {
  readonly #kernel: ExtraKernel;

  constructor(memory: WebAssembly.Memory) {
    this.#kernel = instantiateKernel<ExtraKernel>(module, memory);
  }

  /** Fill the gaps. @returns As {@link decodeExtra}. */
  decode(places: ExtraPlaces, gaps: Uint32Array, coded: Uint8Array): boolean {
    const { newAt, newBytes, gapsAt, codedAt } = places;
    const { buffer } = this.#kernel.memory;
    const extraBytes = countExtra({ newBytes: { length: newBytes }, gaps });
    new Uint32Array(buffer, gapsAt, gaps.length).set(gaps);
    new Uint8Array(buffer, codedAt, coded.length).set(coded);
    const { decodeAt } = this.#kernel;
    return decodeAt(newAt, newBytes, gapsAt, gaps.length / 2, codedAt, coded.length, extraBytes) !== 0;
  }
}

interface Surroundings {
  readonly newBytes: Uint8Array;
  readonly gaps: Uint32Array;
}

function setDown(kernel: ExtraKernel, { newBytes, gaps }: Surroundings): void {
  growMemory(kernel.memory, kernel.endAddress());
  const { buffer } = kernel.memory;
  new Uint8Array(buffer, kernel.newAddress(), newBytes.length).set(newBytes);
  new Uint32Array(buffer, kernel.gapsAddress(), gaps.length).set(gaps);
}

interface GapBounds {
  readonly newBytes: { readonly length: number };
  readonly gaps: Uint32Array;
}

/** The kernel trusts gaps, so whoever calls must not be wrong about them. */
function countExtra({ newBytes, gaps }: GapBounds): number {
  if (newBytes.length > NEW_BYTES_MAX || gaps.length % 2 !== 0) {
    throw new RangeError('extra bytes: the segment is too large, or a gap has no length');
  }
  let end = 0;
  let extraBytes = 0;
  for (let i = 0; i < gaps.length; i += 2) {
    const start = gaps[i] ?? 0;
    const length = gaps[i + 1] ?? 0;
    if (start < end || start + length > newBytes.length) {
      throw new RangeError('extra bytes: gaps overlap, are not ascending or end behind the new bytes');
    }
    end = start + length;
    extraBytes += length;
  }
  return extraBytes;
}
