import { describe, expect, it } from 'vitest';
import type { AddressMap } from '../executables/address-map.ts';
import { AddressMapRoom } from './address-map-room.ts';
import { type PatchHeader, serializePatchHeader } from './patch-format.ts';
import { EMPTY_SHA256 } from './sha256.ts';

function mapOf(steps: number): AddressMap {
  return {
    oldBase: 0n,
    newBase: 0n,
    imageBytes: 2 ** 30,
    regions: [],
    stepStarts: Uint32Array.from({ length: steps }, (_, i) => i),
    stepShifts: new Int32Array(steps),
  };
}

const MILLION = 2 ** 20;

describe('AddressMapRoom', () => {
  it('holds four maps of a million steps, and a small one no more', () => {
    const room = new AddressMapRoom();
    const large = mapOf(MILLION);
    expect(Array.from({ length: 5 }, () => room.take(large))).toEqual([true, true, true, true, false]);
    expect(room.take(mapOf(1))).toBe(false);
  });

  it('takes nothing for what it does not hold', () => {
    const room = new AddressMapRoom(1 / 2);
    expect(room.take(mapOf(2 * MILLION + 1))).toBe(false);
    expect(room.take(mapOf(2 * MILLION))).toBe(true);
  });

  it('holds in parts no more than in one', () => {
    const shares = [1 / 3, 1 / 3, 1 / 3];
    const held = shares.map((share) => {
      const room = new AddressMapRoom(share);
      let maps = 0;
      while (room.take(mapOf(1000))) maps++;
      return maps;
    });
    const whole = new AddressMapRoom();
    const all = held.reduce((sum, maps) => sum + maps, 0);
    expect(Array.from({ length: all }, () => whole.take(mapOf(1000))).every(Boolean)).toBe(true);
  });
});

describe('serializePatchHeader', () => {
  it('writes no header that a reader would refuse for its maps', () => {
    const header: PatchHeader = {
      oldTreeDigest: EMPTY_SHA256,
      newTreeDigest: EMPTY_SHA256,
      oldFilesDigest: EMPTY_SHA256,
      entries: [],
      oldFiles: [],
      segments: [],
      addressMaps: Array.from({ length: 5 }, (_, oldFile) => ({
        oldFile,
        firstSegment: 0,
        map: mapOf(MILLION),
      })),
    };
    expect(() => serializePatchHeader(header)).toThrow(RangeError);
  });
});
