import { describe, expect, it } from 'vitest';
import { copyBytes } from './copy-bytes.ts';

const bytes = Uint8Array.from({ length: 1000 }, (_, at) => (at * 31) % 251);

function shared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

describe('copyBytes', () => {
  it.each([0, 1, 3, 8, 500])('copies to and from shared memory, from place %i on', (start) => {
    const middle = shared(2000);
    const back = new Uint8Array(2000);
    copyBytes(bytes.subarray(start), middle.subarray(7, 1007 - start));
    copyBytes(middle.subarray(7, 1007 - start), back.subarray(2, 1002 - start));
    expect(back.subarray(2, 1002 - start)).toEqual(bytes.subarray(start));
    expect([middle[6], middle[1007 - start], back[1], back[1002 - start]]).toEqual([0, 0, 0, 0]);
  });

  it('copies nothing where there is nothing', () => {
    expect(() => copyBytes(new Uint8Array(), shared(0))).not.toThrow();
  });

  it('refuses sides of different length', () => {
    expect(() => copyBytes(bytes, shared(999))).toThrow(RangeError);
  });
});
