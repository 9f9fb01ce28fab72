import { wasmBase64 } from '../kernels/gen/addresses.ts';
import {
  compileKernel,
  createMemory,
  growMemory,
  instantiateKernel,
  type Kernel,
} from '../kernels/load-kernel.ts';
import { type AddressMap, type Region, RegionKind } from './address-map.ts';

/** What `patcher/kernels/addresses/assembly/index.ts` exports. */
interface Exports extends Kernel {
  freeAddress(): number;
  openMap(starts: number, shifts: number, pages: number, count: number, size: number, bits: number): void;
  setBases(before: bigint, after: bigint): void;
  setTouched(blocks: number, phase: number): void;
  run(
    kind: number,
    bytes: number,
    marks: number,
    begin: number,
    last: number,
    length: number,
    address: number,
    first: number,
    second: number,
    third: number,
    fourth: number,
    list: number,
  ): number;
  listEnd(): number;
}

/** Bytes handled at once: as much as a core's cache holds. */
const BLOCK_BYTES = 2 ** 17;
/** How far behind a reference's first byte a recogniser may look: the longest jump table. */
const LOOKAHEAD_BYTES = 2 ** 12 + 64;
/** Instructions are read a little beyond the end of the bytes. */
const PADDING_BYTES = 64;
const SMALLEST_FIELD_BYTES = 4;
const LISTED_BYTES = 16;
/** An entry of a relocation or symbol table of ELF. */
const RECORD_BYTES = 24;
/** One page of the table for each 4 KiB of image, or larger pages when that were too many. */
const PAGES_MAX = 2 ** 16;
const PAGE_BITS_MIN = 12;

/** Code is walked, or passed over, in blocks of so many old bytes. */
export const TOUCHED_BLOCK_BYTES = 256;

/** Which blocks of `TOUCHED_BLOCK_BYTES` rows reach into: one number each, 0 or 1, from the first of some bytes on. */
export interface TouchedBlocks {
  readonly blocks: Uint8Array;
  /** Where among these bytes others begin that are to be walked. */
  readonly position: number;
}

/** Listing marks nothing. */
const NO_MARKS = new Uint8Array(0);

const MODULE = compileKernel(wasmBase64);

/** One recognised reference, in the kernel's numbers. */
export interface ListedFields {
  /** `count` rows of position in the file, target, kind, and what the kind adds. */
  readonly rows: Uint32Array;
  readonly count: number;
}

/**
 * The kernel with one map loaded. Not to be shared between threads. In a memory of its own bytes pass through it in blocks;
 * in one that others use, too, whoever gave it says where the map lies, and bytes that lie there stay in their place.
 */
export class AddressKernel {
  readonly #exports: Exports;
  readonly #map: AddressMap;
  /** Where blocks of bytes, their marks and what is listed of them lie; nowhere, and 0, in a memory of others. */
  #bytes = 0;
  #marks = 0;
  #list = 0;
  #touched = 0;

  /** @param memory One that others use, too: its own data lies there as its `asconfig.json` says. */
  constructor(map: AddressMap, memory?: WebAssembly.Memory) {
    this.#exports = instantiateKernel<Exports>(MODULE, memory ?? createMemory());
    this.#map = map;
    if (memory !== undefined) return;
    this.#bytes = align(this.layMap(this.#exports.freeAddress()));
    this.#marks = align(this.#bytes + BLOCK_BYTES + LOOKAHEAD_BYTES + PADDING_BYTES);
    this.#list = align(this.#marks + BLOCK_BYTES + LOOKAHEAD_BYTES + PADDING_BYTES);
    growMemory(this.#exports.memory, this.#list);
  }

  /**
   * Lay the map's tables from an address on, where they stay until they are laid anew. Views of the memory are detached.
   * @returns Their end.
   */
  layMap(at: number): number {
    const { memory, openMap, setBases } = this.#exports;
    const { stepStarts, stepShifts, imageBytes, oldBase, newBase } = this.#map;
    const count = stepStarts.length;
    const bits = pageBits(imageBytes);
    const starts = align(at);
    const shifts = starts + count * 4;
    const pages = shifts + count * 4;
    this.#touched = pages + ((imageBytes >>> bits) + 2) * 4;
    const end = this.#touched + (BLOCK_BYTES + LOOKAHEAD_BYTES) / TOUCHED_BLOCK_BYTES + 2;
    growMemory(memory, end);
    new Uint32Array(memory.buffer, starts, count).set(stepStarts);
    new Int32Array(memory.buffer, shifts, count).set(stepShifts);
    openMap(starts, shifts, pages, count, imageBytes, bits);
    setBases(oldBase, newBase);
    return end;
  }

  /**
   * Rewrite the references in some bytes of a region.
   * @param bytes They begin `offset` bytes after the region does; rewritten in place.
   * @param marks As long; written over. In the kernel's memory if the bytes are.
   * @param touched Where x86-64 code is walked; without it, everywhere.
   */
  rewrite(
    region: Region,
    offset: number,
    bytes: Uint8Array,
    marks: Uint8Array,
    touched?: TouchedBlocks,
  ): void {
    const isHere = bytes.buffer === this.#exports.memory.buffer;
    this.#walk({ region, offset, bytes, marks, list: 0, touched }, (start, length) => {
      if (isHere) return;
      const { buffer } = this.#exports.memory;
      // All of them: what completes an address may lie behind the block, and the next block continues from it.
      bytes.set(new Uint8Array(buffer, this.#bytes, length), start);
      marks.set(new Uint8Array(buffer, this.#marks, length), start);
    });
  }

  /**
   * List the references in a whole region.
   * @param found Called with the rows of one block; they are overwritten by the next.
   */
  list(region: Region, bytes: Uint8Array, found: (fields: ListedFields) => void): void {
    const listBytes = (BLOCK_BYTES / SMALLEST_FIELD_BYTES + LOOKAHEAD_BYTES) * 2 * LISTED_BYTES;
    growMemory(this.#exports.memory, this.#list + listBytes);
    this.#walk({ region, offset: 0, bytes, marks: NO_MARKS, list: this.#list }, (start) => {
      const count = (this.#exports.listEnd() - this.#list) / LISTED_BYTES;
      const rows = new Uint32Array(this.#exports.memory.buffer, this.#list, count * 4);
      for (let row = 0; row < count; row++)
        rows[row * 4] = (rows[row * 4] as number) + region.fileOffset + start;
      found({ rows, count });
    });
  }

  /** Block by block; what one looks at but does not finish begins the next. */
  #walk(
    { region, offset, bytes, marks, list, touched }: Walk,
    done: (start: number, length: number) => void,
  ): void {
    const { memory, run } = this.#exports;
    const isHere = bytes.buffer === memory.buffer;
    let begin = Math.min(alignmentGap(region, offset), bytes.length);
    for (let start = 0; start < bytes.length; ) {
      const length = Math.min(bytes.length - start, BLOCK_BYTES + LOOKAHEAD_BYTES);
      const isLast = start + length === bytes.length;
      const last = isLast ? length : BLOCK_BYTES;
      const bytesAt = isHere ? bytes.byteOffset + start : this.#bytes;
      const marksAt = isHere ? marks.byteOffset + start : this.#marks;
      if (!isHere) {
        new Uint8Array(memory.buffer, bytesAt, length).set(bytes.subarray(start, start + length));
        new Uint8Array(memory.buffer, marksAt, length).set(marks.subarray(start, start + length));
      }
      // Nothing behind a block may make a difference.
      const padding = new Uint8Array(memory.buffer, bytesAt + length, PADDING_BYTES);
      const kept = padding.slice();
      padding.fill(0);
      this.#layTouched(touched, start, length);
      const { kind } = region;
      const [parameter, second, third, fourth] = region.parameters;
      const address = region.address + offset + start;
      const first = isRecords(kind) ? (offset + start + begin) % RECORD_BYTES : parameter;
      const next = run(
        kind,
        bytesAt,
        marksAt,
        begin,
        last,
        length,
        address,
        first,
        second,
        third,
        fourth,
        list,
      );
      padding.set(kept);
      done(start, length);
      start += isLast ? length : next;
      begin = 0;
    }
  }

  #layTouched(touched: TouchedBlocks | undefined, start: number, length: number): void {
    if (touched === undefined) {
      this.#exports.setTouched(0, 0);
      return;
    }
    const position = touched.position + start;
    const first = Math.floor(position / TOUCHED_BLOCK_BYTES);
    const blocks = touched.blocks.subarray(first, Math.ceil((position + length) / TOUCHED_BLOCK_BYTES));
    new Uint8Array(this.#exports.memory.buffer, this.#touched, blocks.length).set(blocks);
    this.#exports.setTouched(this.#touched, position % TOUCHED_BLOCK_BYTES);
  }
}

/** What {@link AddressKernel} walks over. */
interface Walk {
  readonly region: Region;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly marks: Uint8Array;
  /** Where fields are listed; 0 to rewrite them. */
  readonly list: number;
  readonly touched?: TouchedBlocks | undefined;
}

function isRecords(kind: RegionKind): boolean {
  return kind === RegionKind.relocations || kind === RegionKind.symbols;
}

/** Kinds whose fields lie at multiples of 8. */
const WIDE_KINDS: readonly RegionKind[] = [RegionKind.pointers, RegionKind.lowWords, RegionKind.goTypes];

/** Fields lie at aligned addresses, instructions of x86-64 anywhere. */
function alignmentGap(region: Region, offset: number): number {
  if (region.kind === RegionKind.x64 || region.kind === RegionKind.x64Fixed) return 0;
  if (isRecords(region.kind)) return -offset & 7;
  return -(region.address + offset) & (WIDE_KINDS.includes(region.kind) ? 7 : 3);
}

function pageBits(imageBytes: number): number {
  let bits = PAGE_BITS_MIN;
  while (imageBytes >>> bits > PAGES_MAX) bits++;
  return bits;
}

function align(address: number): number {
  return (address + 63) & ~63;
}
