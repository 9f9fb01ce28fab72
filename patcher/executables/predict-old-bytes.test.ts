import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMemory } from '../kernels/load-kernel.ts';
import { type AddressMap, type Parameters, RegionKind } from './address-map.ts';
import { OldBytesPredictor, predictOldBytes } from './predict-old-bytes.ts';
import { arbitraryBytes, arbitraryMap } from './testing/arbitrary-map.ts';

/** An image of 1 MiB at 0x400000 whose upper half moved by 0x40; the region is the file, loaded at its start. */
function mapOf(kind: RegionKind, parameters: Parameters = [0, 0, 0, 0]): AddressMap {
  return {
    oldBase: 0x400000n,
    newBase: 0x500000n,
    imageBytes: 0x100000,
    regions: [{ kind, fileOffset: 0, sizeBytes: 2 ** 20, address: 0, parameters }],
    stepStarts: Uint32Array.of(0, 0x80000),
    stepShifts: Int32Array.of(0, 0x40),
  };
}

function predict(
  map: AddressMap,
  bytes: readonly number[] | Uint8Array,
): { bytes: number[]; marks: number[] } {
  const old = Uint8Array.from(bytes);
  const { predicted, marks } = predictOldBytes(map, [{ fileOffset: 0, length: old.length }], old);
  return { bytes: [...predicted], marks: [...marks] };
}

function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

describe('predicted old bytes', () => {
  test.each([
    ['a call', [0xe8, 0xfb, 0xff, 0x07, 0x00], [0xe8, 0x3b, 0x00, 0x08, 0x00]],
    ['a conditional branch', [0x0f, 0x84, 0, 0, 8, 0], [0x0f, 0x84, 0x40, 0, 8, 0]],
    ['a load relative to RIP', [0x48, 0x8b, 0x05, 0, 0, 8, 0], [0x48, 0x8b, 0x05, 0x40, 0, 8, 0]],
    ['a comparison with an immediate', [0x83, 0x3d, 0, 0, 8, 0, 7], [0x83, 0x3d, 0x40, 0, 8, 0, 7]],
    ['an AVX load', [0xc5, 0xf9, 0x6f, 0x05, 0, 0, 8, 0], [0xc5, 0xf9, 0x6f, 0x05, 0x40, 0, 8, 0]],
    ['a branch that stays in the lower half', [0xe9, 0, 1, 0, 0], [0xe9, 0, 1, 0, 0]],
    ['an immediate like a distance', [0xb8, 0, 0, 8, 0], [0xb8, 0, 0, 8, 0]],
  ])('of x86-64: %s', (_, old, expected) => {
    expect(predict(mapOf(RegionKind.x64), old).bytes).toEqual(expected);
  });

  // What a wrong length leaves over, or takes, is or hides another branch.
  test.each([
    ['one opcode', [0x55]],
    ['one opcode with REX', [0x41, 0x55]],
    ['registers', [0x89, 0xe9]],
    ['registers with REX', [0x48, 0x89, 0xe9]],
    ['an operand without displacement', [0x48, 0x89, 0x28]],
    ['8 bits of displacement', [0x89, 0x68, 0xe9]],
    ['8 bits of displacement with REX', [0x48, 0x89, 0x68, 0xe9]],
    ['32 bits of displacement with REX', [0x4c, 0x89, 0xa8, 0xe9, 0xe9, 0xe9, 0xe9]],
    ['SIB', [0x48, 0x8d, 0x04, 0xe9]],
    ['SIB without a base', [0x48, 0x8d, 0x04, 0xed, 0xe9, 0xe9, 0xe9, 0xe9]],
    ['SIB and 8 bits', [0x48, 0x89, 0x6c, 0x24, 0xe9]],
    ['SIB and 32 bits', [0x48, 0x89, 0xac, 0x24, 0xe9, 0xe9, 0xe9, 0xe9]],
    ['an 8-bit immediate', [0x48, 0x83, 0xec, 0xe9]],
    ['a 32-bit immediate', [0x81, 0xec, 0xe9, 0xe9, 0xe9, 0xe9]],
    ['displacement and immediate', [0x48, 0xc7, 0x44, 0x24, 0xe9, 0xe9, 0xe9, 0xe9, 0xe9]],
    ['a 16-bit immediate', [0x66, 0x81, 0xe9, 0xe9, 0xe9]],
    ['a moved 32-bit immediate', [0xb8, 0xe9, 0xe9, 0xe9, 0xe9]],
    ['a moved 64-bit immediate', [0x48, 0xb8, 0xe9, 0xe9, 0xe9, 0xe9, 0xe9, 0xe9, 0xe9, 0xe9]],
    ['a test with an immediate', [0xf7, 0xc1, 0xe9, 0xe9, 0xe9, 0xe9]],
    ['a negation', [0x48, 0xf7, 0xd9]],
    ['two opcodes', [0x0f, 0xb6, 0x68, 0xe9]],
    ['a scalar load', [0xf2, 0x44, 0x0f, 0x10, 0x6c, 0x24, 0xe9]],
  ])('of x86-64: a call behind %s', (_, instruction) => {
    const place = instruction.length;
    const call = [0xe8, 0xfb - place, 0xff, 0x07, 0x00];
    const moved = [0xe8, 0x3b - place, 0x00, 0x08, 0x00];
    const { bytes } = predict(mapOf(RegionKind.x64), [...instruction, ...call]);
    expect(bytes).toEqual([...instruction, ...moved]);
  });

  test.each([
    ['an immediate', [0xbf, 0, 0, 0x48, 0], [0xbf, 0x40, 0, 0x58, 0]],
    ['a displacement', [0x48, 0x8b, 0x80, 0, 0, 0x48, 0], [0x48, 0x8b, 0x80, 0x40, 0, 0x58, 0]],
    ['one behind SIB', [0x8b, 0x04, 0xc5, 0, 0, 0x48, 0], [0x8b, 0x04, 0xc5, 0x40, 0, 0x58, 0]],
    ['a distance before an immediate', [0x83, 0x3d, 0, 0, 8, 0, 7], [0x83, 0x3d, 0x40, 0, 8, 0, 7]],
  ])('of x86-64 at a fixed base, absolute addresses, too: %s', (_, old, expected) => {
    expect(predict(mapOf(RegionKind.x64Fixed), old).bytes).toEqual(expected);
  });

  test('of ARM64: a call, and an address made of a page and the rest', () => {
    // bl 0x80000; adrp x0, 0x80000; add x0, x0, #0xff0; ret
    const old = words(0x94020000, 0x90000400, 0x913fc000, 0xd65f03c0);
    // The address 0x80ff0 becomes 0x81030: the page changes, and what is added to it.
    expect(predict(mapOf(RegionKind.arm64), old).bytes).toEqual([
      ...words(0x94020010, 0xb0000400, 0x9100c000, 0xd65f03c0),
    ]);
  });

  test.each([
    [
      'constants',
      RegionKind.constants,
      [0x80000, 0x9000, 0, 0],
      [0x480000, 0, 0x80000, 0x80010, 0x88000, 1],
      [0x580040, 0, 0x80040, 0x80050, 0x88040, 1],
    ],
    ['pointers', RegionKind.pointers, [0, 0, 0, 0], [0x480000, 0, 5, 0], [0x580040, 0, 5, 0]],
    ['offsets', RegionKind.offsets, [0x100, 0, 0, 0], [0x80000, 0x10], [0x80040, 0x10]],
    ['pairs', RegionKind.pairs, [0, 0x80000, 0, 0], [0x80000, 0x10], [0x80040, 0x10]],
    ['words with flags', RegionKind.lowWords, [0, 0, 0, 0], [0x80000, 0x80000], [0x80040, 0x80000]],
    [
      'frames',
      RegionKind.frames,
      [0x80000, 0x1000, 0, 0],
      [0x80000, 0x100, 0x07fff704, 0],
      [0x80040, 0x100, 0x08003704, 0],
    ],
    ['distances to code', RegionKind.relative, [0x80000, 0x1000, 0, 0], [0x80000, 0x100], [0x80040, 0x100]],
    [
      'a jump table',
      RegionKind.tables,
      [0x80000, 0x9000, 0, 0],
      [0x80000, 0x80010, 0x88000, 1],
      [0x80040, 0x80050, 0x88040, 1],
    ],
    [
      'relocations',
      RegionKind.relocations,
      [0, 0, 0, 0],
      [0x480000, 0, 8, 0, 0x490000, 0],
      [0x580040, 0, 8, 0, 0x590040, 0],
    ],
    [
      'symbols',
      RegionKind.symbols,
      [0, 0, 0, 0],
      [1, 0, 0x480000, 0, 0x490000, 0],
      [1, 0, 0x580040, 0, 0x490000, 0],
    ],
    [
      'Go types',
      RegionKind.goTypes,
      [0, 0x1000, 0, 0],
      [0x480000, 0, 0x80000, 0x20],
      [0x580040, 0, 0x80040, 0x20],
    ],
  ] as const)('of data: %s', (_, kind, parameters, old, expected) => {
    expect(predict(mapOf(kind, parameters), words(...old)).bytes).toEqual([...words(...expected)]);
  });

  test('of Go functions: their code, names, programs and data', () => {
    const entry = (code: number): number[] => [
      code,
      0x80010,
      0,
      0,
      0x80020,
      0,
      0,
      1,
      0,
      0,
      0x01000000,
      0x80030,
      0xffffffff,
    ];
    const old = [...entry(0x80000), ...entry(0x80100), ...entry(0x80200)];
    const { bytes } = predict(mapOf(RegionKind.goFunctions), words(...old));
    const moved = old.map((word) => (word >= 0x80000 && word < 0x100000 ? word + 0x40 : word));
    expect(bytes.slice(0, 104)).toEqual([...words(...moved)].slice(0, 104));
  });

  test('carry marks that say which byte of which reference they are', () => {
    const { marks } = predict(mapOf(RegionKind.x64), [0x90, 0xe8, 0, 0, 8, 0, 0xe9, 0, 1, 0, 0]);
    expect(marks).toEqual([0, 0, 0x82, 0x84, 0x86, 0x88, 0, 2, 4, 6, 8]);
  });

  test('are as long, deterministic, and leave the old bytes as they are, whatever map and bytes', () => {
    fc.assert(
      fc.property(arbitraryMap, arbitraryBytes, fc.nat(500), (map, old, fileOffset) => {
        const before = old.slice();
        const ranges = [{ fileOffset, length: old.length }];
        const first = predictOldBytes(map, ranges, old);
        const second = new OldBytesPredictor(map).predict(ranges, old);
        expect(old).toEqual(before);
        expect(first.predicted).toHaveLength(old.length);
        expect(first.marks).toHaveLength(old.length);
        expect(second).toEqual(first);
        for (let at = 0; at < old.length; at++) {
          if (first.marks[at] === 0) expect(first.predicted[at]).toBe(old[at]);
        }
      }),
    );
  });

  test('of several ranges are those of each range alone', () => {
    fc.assert(
      fc.property(arbitraryMap, arbitraryBytes, fc.nat(), (map, old, cut) => {
        const length = cut % old.length;
        const ranges = [
          { fileOffset: 700, length },
          { fileOffset: 0, length: old.length - length },
        ];
        const both = predictOldBytes(map, ranges, old);
        const alone = predictOldBytes(map, ranges.slice(1), old.subarray(length));
        expect(both.predicted.subarray(length)).toEqual(alone.predicted);
        expect(both.marks.subarray(length)).toEqual(alone.marks);
      }),
    );
  });

  test('are the same where bytes lie in a memory that others use, of which nothing else is changed', () => {
    const memory = createMemory();
    const at = 2 ** 20;
    const marksAt = 2 ** 21;
    fc.assert(
      fc.property(arbitraryMap, arbitraryBytes, fc.nat(500), (map, old, fileOffset) => {
        const predictor = new OldBytesPredictor(map, memory);
        predictor.layMap(2 ** 22);
        const room = new Uint8Array(memory.buffer, at, old.length + 256).fill(0x5a);
        const marksRoom = new Uint8Array(memory.buffer, marksAt, old.length + 256).fill(0);
        const bytes = room.subarray(64, 64 + old.length);
        const marks = marksRoom.subarray(64, 64 + old.length);
        bytes.set(old);
        predictor.predictInPlace(fileOffset, bytes, marks);
        const expected = predictOldBytes(map, [{ fileOffset, length: old.length }], old);
        expect(bytes).toEqual(expected.predicted);
        expect(marks).toEqual(expected.marks);
        bytes.fill(0x5a);
        marks.fill(0);
        expect(room.every((byte) => byte === 0x5a)).toBe(true);
        expect(marksRoom.every((byte) => byte === 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test.each([0, 128])(
    'of code are those of touched blocks, when its bytes begin %i behind a border',
    (position) => {
      const unit = [0xe8, 0, 0, 8, 0, 0x90, 0x90, 0x90];
      const old = Uint8Array.from({ length: 300_000 }, (_, at) => unit[at % unit.length] ?? 0);
      const isTouched = (block: number): boolean => block % 3 !== 1 && block % 700 < 650;
      const blocks = Uint8Array.from({ length: 1173 }, (_, block) => Number(isTouched(block)));
      const bytes = old.slice();
      new OldBytesPredictor(mapOf(RegionKind.x64)).predictInPlace(0, bytes, new Uint8Array(old.length), {
        blocks,
        position,
      });
      for (let at = 0; at < old.length; at += unit.length) {
        expect(bytes[at + 1]).toBe(isTouched((at + position) >> 8) ? 0x40 : 0);
      }
    },
  );

  test('are the same as without touched blocks when all are', () => {
    fc.assert(
      fc.property(arbitraryMap, arbitraryBytes, fc.nat(600), (map, old, position) => {
        const sides = [undefined, { blocks: new Uint8Array(8 + old.length / 256).fill(1), position }];
        const [without, withAll] = sides.map((touched) => {
          const bytes = old.slice();
          const marks = new Uint8Array(old.length);
          new OldBytesPredictor(map).predictInPlace(500, bytes, marks, touched);
          return { bytes, marks };
        });
        expect(withAll).toEqual(without);
      }),
    );
  });

  test('do not depend on how much is handled at once', () => {
    const unit = [0x48, 0x8b, 0x05, 0, 0, 8, 0, 0xe8, 0, 0, 8, 0, 0x90];
    const old = Uint8Array.from({ length: 300_000 }, (_, at) => unit[at % unit.length] ?? 0);
    const { predicted } = predictOldBytes(
      mapOf(RegionKind.x64),
      [{ fileOffset: 0, length: old.length }],
      old,
    );
    // Every distance leads 0x80000 on, so only those that begin in the lower half and end in the upper change.
    const wrong = old.findIndex((_, at) => {
      const within = at % unit.length;
      const isLow = within === 3 || within === 8;
      return predicted[at] !== (isLow ? 0x40 : unit[within]);
    });
    expect(wrong).toBe(-1);
  });
});
