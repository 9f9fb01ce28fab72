import { wasmBase64 } from '../gen/extra-mixing.ts';
import { NoiseDetector } from './noise-blocks.ts';
import { compileKernel, createMemory, growMemory, instantiateKernel, type Kernel } from '../load-kernel.ts';

interface ExtraMixingKernel extends Kernel {
  tablesEnd(): number;
  prepare(
    oldAt: number,
    oldBytes: number,
    newAt: number,
    newBytes: number,
    rows: number,
    rowCount: number,
    extraBytes: number,
  ): void;
  encode(modes: number, raw: number, costs: number, output: number): number;
  decode(modes: number, raw: number, costs: number, input: number, length: number): void;
}

export interface ExtraMixingOptions {
  readonly oldSizeBytes: number;
  readonly newSizeBytes: number;
  /** Triples of start in the new bytes, start in the old ones and length; ascending and apart in the new ones. */
  readonly rows: Uint32Array;
}

/** Where a segment lies in a memory that others use, too; the coder's tables lie below {@link MIXING_TABLES_END}. */
export interface ExtraMixingPlaces {
  readonly memory: WebAssembly.Memory;
  /**
   * Address of the old bytes, the new ones right behind them; `MIXING_MARGIN_BYTES` on both sides are overwritten, and all
   * that lies behind.
   */
  readonly oldAt: number;
}

/** What is coded: see {@link ExtraMixingOptions}; rows need not equal the old bytes they point at. */
export interface ExtraMixingSegment {
  readonly oldBytes: Uint8Array;
  readonly newBytes: Uint8Array;
  readonly rows: Uint32Array;
}

const OLD_BYTES_MAX = 2 ** 25;
const NEW_BYTES_MAX = 2 ** 24;
/** Extra bytes that are coded, or left raw, together. */
const BLOCK_BYTES = 16384;
/** A block is left raw when coding it saves less than one byte in so many: decoding it costs far more than that. */
const RAW_SAVING = 64;
/** Costs are in 2^-8 bits. */
const COST_PER_BYTE = 8 * 256;
/** Models look back this far at the very start, and some bytes ahead at the very end: there they find zeros. */
export const MIXING_MARGIN_BYTES = 4096;
/** The kernel's tables lie below. */
export const MIXING_TABLES_END = 25 * 2 ** 20;

/** The first coded byte: whether there is a map of raw blocks. */
const LAYOUT = { coded: 0, mixed: 1 } as const;

let compiled: WebAssembly.Module | undefined;

/**
 * The bytes of a segment that lie in no row, coded by mixing the predictions of many models, which know the old bytes, the
 * rows and all new bytes so far. Slow, both ways. The old and new bytes lie in the coder's memory, 24 MiB of tables beside them.
 * @see docs/formats/extra-mixing.md
 */
export class ExtraMixingCoder {
  readonly #kernel: ExtraMixingKernel;
  readonly #rows: Uint32Array;
  readonly #extraBytes: number;
  readonly #oldAt: number;
  readonly #newAt: number;
  readonly #rowsAt: number;
  readonly #codedAt: number;
  readonly #oldSizeBytes: number;
  readonly #newSizeBytes: number;

  /** @throws {RangeError} When rows overlap, are not ascending, or lie outside; or a side is too large. */
  constructor({ oldSizeBytes, newSizeBytes, rows }: ExtraMixingOptions, shared?: ExtraMixingPlaces) {
    this.#extraBytes = countExtra({ oldSizeBytes, newSizeBytes, rows });
    compiled ??= compileKernel(wasmBase64);
    this.#kernel = instantiateKernel<ExtraMixingKernel>(compiled, shared?.memory ?? createMemory());
    this.#rows = rows;
    this.#oldSizeBytes = oldSizeBytes;
    this.#newSizeBytes = newSizeBytes;
    this.#oldAt = shared?.oldAt ?? this.#kernel.tablesEnd() + MIXING_MARGIN_BYTES;
    this.#newAt = this.#oldAt + oldSizeBytes;
    this.#rowsAt = roundUp(this.#newAt + newSizeBytes + MIXING_MARGIN_BYTES);
    this.#codedAt = roundUp(this.#rowsAt + rows.byteLength);
    growMemory(this.#kernel.memory, this.#codedAt);
    if (shared !== undefined) this.#clearMargins();
  }

  #clearMargins(): void {
    const { buffer } = this.#kernel.memory;
    new Uint8Array(buffer, this.#oldAt - MIXING_MARGIN_BYTES, MIXING_MARGIN_BYTES).fill(0);
    new Uint8Array(buffer, this.#newAt + this.#newSizeBytes, MIXING_MARGIN_BYTES).fill(0);
  }

  /** Room for the old bytes, to be filled before coding. Only valid until the next call. */
  get oldBytes(): Uint8Array {
    return new Uint8Array(this.#kernel.memory.buffer, this.#oldAt, this.#oldSizeBytes);
  }

  /** Room for the new bytes: all of them before encoding, those in rows before decoding, all after. Only valid until the next call. */
  get newBytes(): Uint8Array {
    return new Uint8Array(this.#kernel.memory.buffer, this.#newAt, this.#newSizeBytes);
  }

  /** @returns The coded gaps; `[]` when there are none. Hardly longer than they are. */
  encode(): Uint8Array {
    if (this.#extraBytes === 0) return new Uint8Array(0);
    const blocks = Math.ceil(this.#extraBytes / BLOCK_BYTES);
    const modes = this.#findNoise(blocks);
    let encoded = this.#encodeBlocks(modes);
    let isFinal = true;
    for (const [block, cost] of encoded.costs.entries()) {
      if (modes[block] === 1 || cost <= this.#sizeOf(block) * (COST_PER_BYTE - COST_PER_BYTE / RAW_SAVING))
        continue;
      modes[block] = 1;
      isFinal = false;
    }
    if (!isFinal) encoded = this.#encodeBlocks(modes);
    const { raw, coded } = encoded;
    if (raw.length === 0) return Buffer.concat([Uint8Array.of(LAYOUT.coded), coded]);
    return Buffer.concat([Uint8Array.of(LAYOUT.mixed), packModes(modes), raw, coded]);
  }

  #sizeOf(block: number): number {
    return Math.min(BLOCK_BYTES, this.#extraBytes - block * BLOCK_BYTES);
  }

  /** Blocks that would be left raw, but need not be coded to tell so. */
  #findNoise(blocks: number): Uint8Array {
    const extra = this.#gatherExtra();
    const detector = new NoiseDetector(extra, this.oldBytes);
    return Uint8Array.from({ length: blocks }, (_, block) => {
      const start = block * BLOCK_BYTES;
      return detector.isNoise(start, start + this.#sizeOf(block)) ? 1 : 0;
    });
  }

  #gatherExtra(): Uint8Array {
    const bytes = this.newBytes;
    const extra = new Uint8Array(this.#extraBytes);
    let [at, end] = [0, 0];
    for (let row = 0; row <= this.#rows.length; row += 3) {
      const gap = bytes.subarray(at, this.#rows[row] ?? bytes.length);
      extra.set(gap, end);
      end += gap.length;
      at += gap.length + (this.#rows[row + 2] ?? 0);
    }
    return extra;
  }

  #encodeBlocks(modes: Uint8Array): { coded: Uint8Array; raw: Uint8Array; costs: Uint32Array } {
    const { memory } = this.#kernel;
    const rawBytes = modes.reduce((sum, mode, block) => sum + mode * this.#sizeOf(block), 0);
    const rawAt = this.#codedAt + modes.length;
    const costsAt = roundUp(rawAt + rawBytes);
    const outputAt = roundUp(costsAt + modes.length * 4);
    // No bit costs more than 12, but only if all models were sure of the other: twice the bytes is out of reach.
    growMemory(memory, outputAt + this.#extraBytes * 2 + 64);
    new Uint8Array(memory.buffer).set(modes, this.#codedAt);
    this.#prepare();
    const length = this.#kernel.encode(this.#codedAt, rawAt, costsAt, outputAt);
    return {
      coded: new Uint8Array(memory.buffer, outputAt, length).slice(),
      raw: new Uint8Array(memory.buffer, rawAt, rawBytes).slice(),
      costs: new Uint32Array(memory.buffer, costsAt, modes.length).slice(),
    };
  }

  /**
   * Fill the gaps of the new bytes.
   * @param coded May lie in the memory that the coder shares, before the old bytes: then it is not copied.
   * @returns Whether the coded bytes can be an encoder's. Most damage only shows in the bytes that come out, so callers
   * check a hash of them in any case.
   */
  decode(coded: Uint8Array): boolean {
    if (this.#extraBytes === 0) return coded.length === 0;
    const { modes, rawBytes, headBytes } = this.#readHead(coded);
    if (headBytes + rawBytes > coded.length) return false;
    const { memory } = this.#kernel;
    const { length } = coded;
    const modesEnd = this.#codedAt + modes.length;
    const isHere = coded.buffer === memory.buffer;
    const bytesAt = isHere ? coded.byteOffset : modesEnd;
    const costsAt = roundUp(isHere ? modesEnd : modesEnd + length);
    growMemory(memory, costsAt + modes.length * 4);
    const all = new Uint8Array(memory.buffer);
    all.set(modes, this.#codedAt);
    if (!isHere) all.set(coded, bytesAt);
    this.#prepare();
    const rawAt = bytesAt + headBytes;
    const inputAt = rawAt + rawBytes;
    this.#kernel.decode(this.#codedAt, rawAt, costsAt, inputAt, length - headBytes - rawBytes);
    return true;
  }

  #readHead(coded: Uint8Array): { modes: Uint8Array; rawBytes: number; headBytes: number } {
    const modes = new Uint8Array(Math.ceil(this.#extraBytes / BLOCK_BYTES));
    const layout = coded[0];
    if (layout === LAYOUT.coded) return { modes, rawBytes: 0, headBytes: 1 };
    const headBytes = 1 + Math.ceil(modes.length / 8);
    if (layout !== LAYOUT.mixed) return { modes, rawBytes: 0, headBytes: Number.POSITIVE_INFINITY };
    let rawBytes = 0;
    for (let block = 0; block < modes.length; block++) {
      if (((coded[1 + (block >> 3)] ?? 0) & (1 << (block & 7))) === 0) continue;
      modes[block] = 1;
      rawBytes += this.#sizeOf(block);
    }
    return { modes, rawBytes, headBytes };
  }

  #prepare(): void {
    new Uint32Array(this.#kernel.memory.buffer, this.#rowsAt, this.#rows.length).set(this.#rows);
    this.#kernel.prepare(
      this.#oldAt,
      this.#oldSizeBytes,
      this.#newAt,
      this.#newSizeBytes,
      this.#rowsAt,
      this.#rows.length / 3,
      this.#extraBytes,
    );
  }
}

/** {@link ExtraMixingCoder} for bytes that lie elsewhere. */
export function encodeExtraMixing(segment: ExtraMixingSegment): Uint8Array {
  return openCoder(segment).encode();
}

/** {@link ExtraMixingCoder} for bytes that lie elsewhere: fills the gaps of `newBytes`. */
export function decodeExtraMixing(segment: ExtraMixingSegment, coded: Uint8Array): boolean {
  const coder = openCoder(segment);
  if (!coder.decode(coded)) return false;
  segment.newBytes.set(coder.newBytes);
  return true;
}

function openCoder({ oldBytes, newBytes, rows }: ExtraMixingSegment): ExtraMixingCoder {
  const coder = new ExtraMixingCoder({ oldSizeBytes: oldBytes.length, newSizeBytes: newBytes.length, rows });
  coder.oldBytes.set(oldBytes);
  coder.newBytes.set(newBytes);
  return coder;
}

function packModes(modes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(modes.length / 8));
  for (const [block, mode] of modes.entries())
    bits[block >> 3] = (bits[block >> 3] ?? 0) | (mode << (block & 7));
  return bits;
}

/** The kernel trusts the rows, so whoever calls must not be wrong about them. */
function countExtra({ oldSizeBytes, newSizeBytes, rows }: ExtraMixingOptions): number {
  if (oldSizeBytes > OLD_BYTES_MAX || newSizeBytes > NEW_BYTES_MAX || rows.length % 3 !== 0) {
    throw new RangeError('extra bytes: the segment is too large, or a row is cut short');
  }
  let end = 0;
  let aligned = 0;
  for (let i = 0; i < rows.length; i += 3) {
    const start = rows[i] ?? 0;
    const oldStart = rows[i + 1] ?? 0;
    const length = rows[i + 2] ?? 0;
    if (start < end || start + length > newSizeBytes || oldStart + length > oldSizeBytes) {
      throw new RangeError('extra bytes: rows overlap, are not ascending or lie outside');
    }
    end = start + length;
    aligned += length;
  }
  return newSizeBytes - aligned;
}

function roundUp(address: number): number {
  return (address + 15) & ~15;
}
