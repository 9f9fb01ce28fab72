import type { AddressMap } from '../executables/address-map.ts';

/** Maps of all segments: one for each executable and group of segments made together. */
export const ADDRESS_MAPS_MAX = 2 ** 16;
/** What all maps take in memory once read: a few bytes of a header may say a thousand maps of a million steps. */
const ADDRESS_MAPS_BYTES_MAX = 32 * 2 ** 20;
const STEP_BYTES = 8;
/** An object with its numbers, roughly. */
const REGION_BYTES = 128;

/** Room for the address maps of a patch: the same to who makes a patch and to who reads it. */
export class AddressMapRoom {
  #mapsLeft: number;
  #bytesLeft: number;

  /** @param share Of a whole patch's room, for a part of one; parts whose shares sum to 1 fit together. */
  constructor(share = 1) {
    this.#mapsLeft = Math.floor(ADDRESS_MAPS_MAX * share);
    this.#bytesLeft = Math.floor(ADDRESS_MAPS_BYTES_MAX * share);
  }

  /** @returns False when the map does not fit any more; it takes nothing then. */
  take({ stepStarts, regions }: AddressMap): boolean {
    const bytes = stepStarts.length * STEP_BYTES + regions.length * REGION_BYTES;
    if (this.#mapsLeft === 0 || bytes > this.#bytesLeft) return false;
    this.#mapsLeft--;
    this.#bytesLeft -= bytes;
    return true;
  }
}
