import fc from 'fast-check';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { type AddressMap, RegionKind } from './address-map.ts';
import { parseAddressMap, serializeAddressMap } from './address-map-format.ts';
import { predictOldBytes } from './predict-old-bytes.ts';
import { arbitraryBytes, arbitraryMap } from './testing/arbitrary-map.ts';

const EXAMPLE: AddressMap = {
  oldBase: 0x400000n,
  newBase: 0x400000n,
  imageBytes: 0x3000,
  regions: [
    { kind: RegionKind.x64, fileOffset: 64, sizeBytes: 512, address: 0x1000, parameters: [0, 0, 0, 0] },
  ],
  stepStarts: Uint32Array.of(0, 0x1100),
  stepShifts: Int32Array.of(0, 32),
};

function expectRefused(bytes: Uint8Array, code: string): void {
  expect(() => parseAddressMap(bytes)).toThrow(expect.objectContaining({ code }) as Error);
}

/** A map under brotli whose raw columns are these. */
function packColumns(...columns: readonly (readonly number[])[]): Uint8Array {
  const raw = columns.flatMap((column) => [column.length, ...column]);
  return Buffer.concat([Uint8Array.of(1), brotliCompressSync(Uint8Array.from(raw))]);
}

describe('the address map as bytes', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(arbitraryMap, (map) => {
        expect(parseAddressMap(serializeAddressMap(map))).toEqual(map);
      }),
    );
  });

  test('gives a typed error or a map that is safe to predict with, whatever the bytes', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(arbitraryMap, edits, arbitraryBytes, (map, changes, oldBytes) => {
        const bytes = serializeAddressMap(map);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        let parsed: AddressMap;
        try {
          parsed = parseAddressMap(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          return;
        }
        const ranges = [{ fileOffset: 0, length: oldBytes.length }];
        expect(predictOldBytes(parsed, ranges, oldBytes).predicted).toHaveLength(oldBytes.length);
      }),
      { numRuns: 300 },
    );
  });

  test('of a later version is refused by name', () => {
    const bytes = serializeAddressMap(EXAMPLE);
    bytes[0] = 2;
    expectRefused(bytes, 'ADDRESS_MAP_VERSION_UNSUPPORTED');
  });

  test('is refused when it ends early or goes on', () => {
    const bytes = serializeAddressMap(EXAMPLE);
    expectRefused(bytes.subarray(0, 1), 'ADDRESS_MAP_INVALID');
    expectRefused(bytes.subarray(0, bytes.length - 3), 'ADDRESS_MAP_INVALID');
    expectRefused(packColumns([1, 0, 0, 0, 1], [], [], [], [], [], [0], [0], [9]), 'ADDRESS_MAP_INVALID');
  });

  test.each([
    ['an image without bytes', [[0, 0, 0, 0, 1], [], [], [], [], [], [0], [0]]],
    ['no step', [[1, 0, 0, 0, 0], [], [], [], [], [], [], []]],
    ['a first step that is not at 0', [[9, 0, 0, 0, 1], [], [], [], [], [], [1], [0]]],
    ['two steps at one place', [[9, 0, 0, 0, 2], [], [], [], [], [], [0, 0], [0, 0]]],
    ['a step behind the image', [[9, 0, 0, 0, 2], [], [], [], [], [], [0, 9], [0, 0]]],
    ['a kind there is not', [[9, 0, 0, 1, 1], [99], [0], [0], [0], [0, 0, 0, 0], [0], [0]]],
  ])('is refused with %s', (_, columns) => {
    expectRefused(packColumns(...columns), 'ADDRESS_MAP_INVALID');
  });

  test('that unpacks to more than the limit is refused before it does', () => {
    const raw = brotliCompressSync(new Uint8Array(17 * 2 ** 20));
    expectRefused(Buffer.concat([Uint8Array.of(1), raw]), 'ADDRESS_MAP_INVALID');
  });

  test('keeps its bytes from version to version', () => {
    const golden = Buffer.from(GOLDEN, 'hex');
    expect(parseAddressMap(golden)).toEqual(EXAMPLE);
  });
});

/** {@link EXAMPLE}, as in docs/formats/address-map.md. */
const GOLDEN = '011b1e00f807de7db7ad20c1de114578843f419025a140c0f0b9716c5fe8b0ad9678d101';
