import fc from 'fast-check';
import { type AddressMap, type Region, RegionKind } from '../address-map.ts';

/** The old file that an {@link arbitraryMap} describes is at least so long. */
export const FILE_BYTES = 3000;

const regionShape = fc.record({
  kind: fc.constantFrom(...Object.values(RegionKind)),
  gap: fc.nat(200),
  sizeBytes: fc.nat(1500),
  address: fc.nat(2 ** 20),
  parameters: fc.tuple(address(), address(), address(), address()),
});

function address(): fc.Arbitrary<number> {
  return fc.oneof(fc.nat(2 ** 16), fc.nat(2 ** 31 - 1));
}

/** Any map that the format allows. */
export const arbitraryMap: fc.Arbitrary<AddressMap> = fc
  .record({
    oldPage: fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }),
    newPage: fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }),
    imageBytes: fc.oneof(
      fc.integer({ min: 1, max: 2 ** 20 }),
      fc.integer({ min: 1, max: 2 ** 31 - 2 ** 16 }),
    ),
    shapes: fc.array(regionShape, { maxLength: 6 }),
    steps: fc.array(fc.tuple(fc.nat(), fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 })), {
      maxLength: 40,
    }),
  })
  .map(({ oldPage, newPage, imageBytes, shapes, steps }) => {
    const starts = [...new Set([0, ...steps.map(([start]) => start % imageBytes)])].sort((a, b) => a - b);
    let end = 0;
    const regions = shapes.map(({ gap, ...shape }): Region => {
      const fileOffset = end + gap;
      end = fileOffset + shape.sizeBytes;
      return { ...shape, fileOffset };
    });
    return {
      oldBase: oldPage * 4096n,
      newBase: newPage * 4096n,
      imageBytes,
      regions,
      stepStarts: Uint32Array.from(starts),
      stepShifts: Int32Array.from(starts, (_, row) => steps[row]?.[1] ?? 0),
    };
  });

/** Bytes that look enough like code and tables to be recognised: small alphabets make opcodes and near distances. */
export const arbitraryBytes: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc.constantFrom(0xe8, 0x0f, 0x85, 0x48, 0x8b, 0x05, 0x00, 0xff, 0x94, 0x90, 0x91, 0x66, 0xc4, 0x62),
      fc.nat(255),
    ),
    { minLength: 1, maxLength: FILE_BYTES },
  )
  .map((bytes) => Uint8Array.from(bytes));
