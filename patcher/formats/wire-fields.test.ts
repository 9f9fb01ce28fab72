import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFields, writeFields } from './wire-fields.ts';

const value = fc.oneof(fc.nat({ max: 0xffff_ffff }), fc.uint8Array({ maxLength: 300 }));

function writeByLibrary(fields: readonly (readonly [id: number, value: number | Uint8Array])[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [id, value] of fields) {
    if (typeof value === 'number') writer.tag(id, WireType.Varint).uint32(value);
    else writer.tag(id, WireType.LengthDelimited).bytes(value);
  }
  return writer.finish();
}

describe('writeFields', () => {
  it('writes what the library writes', () => {
    const field = fc.tuple(fc.integer({ min: 1, max: 2 ** 29 - 1 }), value);
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        expect(Buffer.from(writeFields(fields)).equals(writeByLibrary(fields))).toBe(true);
      }),
    );
  });
});

describe('readFields', () => {
  it('reads what the library writes, the last of each field', () => {
    const field = fc.tuple(fc.integer({ min: 1, max: 14 }), value);
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        expect(readFields(writeByLibrary(fields), 14)).toEqual(new Map(fields));
      }),
    );
  });

  it('passes over fields it does not know, whatever they hold', () => {
    const writer = new BinaryWriter();
    writer.tag(15, WireType.Varint).uint64(2n ** 64n - 1n);
    writer.tag(3, WireType.Bit32).fixed32(7).tag(4, WireType.Bit64).fixed64(8n);
    writer.tag(900, WireType.LengthDelimited).bytes(new Uint8Array(40));
    writer.tag(2, WireType.Varint).uint32(5);
    expect(readFields(writer.finish(), 14)).toEqual(new Map([[2, 5]]));
  });

  it('refuses bytes that are no message', () => {
    const wrong = [
      [0x80],
      [0x0a, 2, 1],
      [0x0b],
      [0x00, 1],
      [0x08, ...Array.from({ length: 10 }, () => 0x80), 1],
      [0x08, 0xff, 0xff, 0xff, 0xff, 0x7f],
      [0x0d, 1, 2, 3],
    ];
    for (const bytes of wrong)
      expect(() => readFields(Uint8Array.from(bytes), 14), bytes.join()).toThrow(RangeError);
  });
});
