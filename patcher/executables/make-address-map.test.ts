import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeExecutable } from './describe-executable.ts';
import { makeAddressMap } from './make-address-map.ts';
import { OldBytesPredictor } from './predict-old-bytes.ts';
import { alignFakeImages, type FakeFunction, linkFakeElf } from './testing/fake-elf.ts';

const COUNT = 400;

/** Functions that call and load all over the image; `grown` ones are larger. */
function makeFunctions(grown: ReadonlySet<number>): FakeFunction[] {
  return Array.from({ length: COUNT }, (_, row) => ({
    fillBytes: 20 + ((row * 37) % 50) + (grown.has(row) ? 64 : 0),
    calls: (row * 173) % COUNT,
    loads: (row * 59) % COUNT,
  }));
}

describe('a map of addresses', () => {
  test('makes every reference of a relinked program what it is in the new one', () => {
    const old = linkFakeElf(makeFunctions(new Set()));
    const after = linkFakeElf(makeFunctions(new Set([50, 200])));
    const rows = alignFakeImages(old, after);
    const map = makeAddressMap(old.bytes, after.bytes, rows);
    expect(map).toBeDefined();
    if (map === undefined) return;
    const predicted = new Uint8Array(old.bytes);
    const marks = new Uint8Array(predicted.length);
    new OldBytesPredictor(map).predictInPlace(0, predicted, marks);
    for (let row = 0; row < rows.count; row++) {
      const [from, to, length] = [rows.oldStart[row] ?? 0, rows.newStart[row] ?? 0, rows.length[row] ?? 0];
      expect(predicted.subarray(from, from + length)).toEqual(after.bytes.subarray(to, to + length));
    }
    expect(map.stepStarts.length).toBeLessThan(12);
    const call = (old.functionOffsets[0] ?? 0) + 1;
    expect([...marks.subarray(call - 1, call + 5)].map((mark) => (mark >> 1) & 7)).toEqual([
      0, 1, 2, 3, 4, 0,
    ]);
  });

  test('does not exist for files that are no executables', () => {
    const bytes = new Uint8Array(5000).fill(7);
    const rows = { count: 1, newStart: [0], oldStart: [0], length: [5000] };
    expect(makeAddressMap(bytes, bytes, rows)).toBeUndefined();
  });

  test('does not exist between different architectures', () => {
    const old = linkFakeElf(makeFunctions(new Set()));
    const after = linkFakeElf(makeFunctions(new Set([3])));
    new DataView(after.bytes.buffer, after.bytes.byteOffset).setUint16(18, 183, true);
    expect(makeAddressMap(old.bytes, after.bytes, alignFakeImages(old, after))).toBeUndefined();
  });

  test('does not change the files it is made from', () => {
    const old = linkFakeElf(makeFunctions(new Set()));
    const after = linkFakeElf(makeFunctions(new Set([50])));
    const before = new Uint8Array(old.bytes);
    makeAddressMap(old.bytes, after.bytes, alignFakeImages(old, after));
    expect(new Uint8Array(old.bytes)).toEqual(before);
  });
});

describe('the headers of an executable', () => {
  const image = linkFakeElf(makeFunctions(new Set()));

  test('give its sections, counted from its base', () => {
    const found = describeExecutable(image.bytes);
    expect(found).toMatchObject({ architecture: 'x86-64', fixed: true, base: 0x401000n });
    expect(found?.sections.map(({ name, role, address }) => ({ name, role, address }))).toEqual([
      { name: '.text', role: 'code', address: 0 },
      { name: '.data', role: 'data', address: image.dataOffset - 0x1000 },
    ]);
  });

  test('are refused, not trusted, when they are damaged', () => {
    const edits = fc.array(fc.tuple(fc.nat(image.bytes.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 20,
    });
    const magics = fc.constantFrom(0x464c457f, 0x00905a4d, 0xfeedfacf);
    fc.assert(
      fc.property(edits, fc.nat(image.bytes.length), magics, (changes, length, magic) => {
        const bytes = new Uint8Array(image.bytes);
        for (const [at, value] of changes) bytes[at] = value;
        new DataView(bytes.buffer).setUint32(0, magic, true);
        const found = describeExecutable(bytes.subarray(0, length));
        for (const section of found?.sections ?? []) {
          expect(section.fileOffset + section.sizeBytes).toBeLessThanOrEqual(length);
        }
      }),
    );
  });
});
