import { AddressKernel, type ListedFields } from './address-kernel.ts';
import { type AddressMap, type Region, RegionKind } from './address-map.ts';
import type { Executable } from './executable.ts';
import { fitSteps } from './fit-steps.ts';
import { FileAddresses, type FileRows, type OldOrder } from './image-rows.ts';
import { ShiftVotes } from './shift-votes.ts';

/** Kinds of listed fields, as in `patcher/kernels/addresses/assembly/field.ts`. */
const FIELD = {
  branch: 0,
  operand: 1,
  absolute: 2,
  pointer: 3,
  relative: 4,
  offset: 5,
  armPage: 6,
  armBranch: 8,
};

/** More than any step costs. */
const BASE_VOTES = 16;
/** A row has a vote for so many bytes. */
const ROW_VOTE_BYTES = 512;
/** Shorter rows are alike by chance too often. */
const ROW_BYTES_MIN = 128;

/** The old and the new file of one executable. */
export interface ExecutablePair {
  readonly old: Executable;
  readonly new: Executable;
  readonly oldBytes: Uint8Array;
  readonly newBytes: Uint8Array;
  /** Addresses of the old image that distances are counted from, and what they are in the new one. */
  readonly bases: ReadonlyMap<number, number>;
}

/**
 * Ask every reference of some regions how far its target moved: by what it has become at the aligned place of the
 * new file. Where a reference stands votes, too, as its distance depends on both.
 */
export class ReferenceVotes implements Disposable {
  readonly #pair: ExecutablePair;
  readonly #order: OldOrder;
  readonly #newAddresses: FileAddresses;
  readonly #view: DataView;
  readonly #votes = new ShiftVotes();

  constructor(pair: ExecutablePair, order: OldOrder) {
    this.#pair = pair;
    this.#order = order;
    this.#newAddresses = new FileAddresses(pair.new);
    this.#view = new DataView(pair.newBytes.buffer, pair.newBytes.byteOffset, pair.newBytes.byteLength);
  }

  /** How addresses moved by all votes so far. */
  fit(): Pick<AddressMap, 'stepStarts' | 'stepShifts'> {
    return this.#votes.useSorted(fitSteps);
  }

  [Symbol.dispose](): void {
    this.#votes[Symbol.dispose]();
  }

  /** @param map Only for its bases and its size: nothing is rewritten. */
  collect(map: Omit<AddressMap, 'regions'>, regions: readonly Region[]): void {
    const kernel = new AddressKernel({ ...map, regions: [] });
    for (const region of regions) {
      const bytes = this.#pair.oldBytes.subarray(region.fileOffset, region.fileOffset + region.sizeBytes);
      this.#order.rewind();
      this.#addBases(region);
      kernel.list(region, bytes, (fields) => this.#take(region, fields));
    }
  }

  /** What distances are counted from has to be right, or none of them is. */
  #addBases(region: Region): void {
    for (const base of basesOf(region)) {
      const shift = this.#newBase(base) - base;
      for (let vote = 0; vote < BASE_VOTES && Number.isFinite(shift); vote++) this.#votes.add(base, shift);
    }
  }

  /** Where nothing refers to, the rows say how bytes moved: enough for a first look at what is there. */
  addRows(rows: FileRows): void {
    const oldAddresses = new FileAddresses(this.#pair.old);
    for (let row = 0; row < rows.count; row++) {
      const length = rows.length[row] as number;
      if (length < ROW_BYTES_MIN) continue;
      for (let at = 0; at < length; at += ROW_VOTE_BYTES) {
        const address = oldAddresses.addressOf((rows.oldStart[row] as number) + at);
        const newAddress = this.#newAddresses.addressOf((rows.newStart[row] as number) + at);
        if (address >= 0 && newAddress >= 0) this.#votes.add(address, newAddress - address);
      }
    }
  }

  #take(region: Region, { rows, count }: ListedFields): void {
    for (let row = 0; row < count; row++) {
      const position = rows[row * 4] as number;
      const target = rows[row * 4 + 1] as number;
      const kind = rows[row * 4 + 2] as number;
      const extra = rows[row * 4 + 3] as number;
      const newPosition = this.#order.newPosition(position, kind === FIELD.pointer ? 8 : 4);
      if (newPosition < 0) continue;
      const place = region.address + position - region.fileOffset;
      const newPlace = this.#newAddresses.addressOf(newPosition);
      const relative = kind !== FIELD.pointer && kind !== FIELD.absolute && kind !== FIELD.offset;
      if (relative && newPlace < 0) continue;
      const newTarget = this.#newTarget({ kind, extra, newPosition, newPlace });
      if (newTarget < 0 || newTarget >= this.#pair.new.imageBytes) continue;
      this.#votes.add(target, newTarget - target);
      if (relative && newTarget - target !== newPlace - place) this.#votes.add(place, newPlace - place);
    }
  }

  /** What the field at a place of the new file refers to, from the new base. */
  #newTarget(field: { kind: number; extra: number; newPosition: number; newPlace: number }): number {
    const { kind, extra, newPosition, newPlace } = field;
    const view = this.#view;
    const value = view.getInt32(newPosition, true);
    const { base } = this.#pair.new;
    switch (kind) {
      case FIELD.pointer:
        return Number(view.getBigUint64(newPosition, true) - base);
      case FIELD.absolute:
        return (value >>> 0) - Number(base);
      case FIELD.armBranch:
        return (value & 0x7c000000) === 0x14000000 ? newPlace + ((value << 6) >> 4) : -1;
      case FIELD.armPage:
        return extra === 0 || newPosition + extra + 4 > view.byteLength
          ? -1
          : armTarget(newPlace, value, view.getInt32(newPosition + extra, true));
      case FIELD.branch:
      case FIELD.operand:
      case FIELD.relative:
        return newPlace + (extra | 0) + value;
      case FIELD.offset:
        return this.#newBase(extra) + value;
      default:
        return -1;
    }
  }

  /** Where a base of distances is in the new image. */
  #newBase(address: number): number {
    return this.#pair.bases.get(address) ?? -Infinity;
  }
}

/** The addresses that distances in a region are counted from. */
function basesOf({ kind, parameters }: Region): readonly number[] {
  if (kind === RegionKind.offsets || kind === RegionKind.lowWords) return parameters.slice(0, 1);
  if (kind === RegionKind.pairs) return parameters.slice(0, 2);
  if (kind === RegionKind.goFunctions) return parameters;
  if (kind === RegionKind.goTypes) return [parameters[0], parameters[2]];
  return [];
}

/** The address that an ADRP and the instruction after it make; -1 when they are others. */
function armTarget(place: number, page: number, user: number): number {
  if ((page & 0x9f000000) !== (0x90000000 | 0)) return -1;
  const pages = (((((page >> 5) & 0x7ffff) << 2) | ((page >>> 29) & 3)) << 11) >> 11;
  let scale = 0;
  if ((user & 0xffc00000) !== (0x91000000 | 0)) {
    if ((user & 0x3b000000) !== 0x39000000) return -1;
    scale = (user & 0x04800000) === 0x04800000 && user >>> 30 === 0 ? 4 : user >>> 30;
  }
  return (place & ~0xfff) + pages * 4096 + (((user >> 10) & 0xfff) << scale);
}
