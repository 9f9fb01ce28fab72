import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeededRandom } from '../testing/random-bytes.ts';
import { decodeFrame, encodeChunk } from './pack-format.ts';
import { findStored } from './stored-frame.ts';
import { compressFrame } from './zstd-frame.ts';

const random = new SeededRandom(7);
/** Nothing that could be compressed, in more than two blocks. */
const noise = Uint8Array.from(random.bytes(300_000));

it('gives the content of a frame that was stored, without a copy', () => {
  for (const sizeBytes of [1, 255, 256, 70_000, noise.length]) {
    const frame = encodeChunk(noise.subarray(0, sizeBytes));
    const stored = findStored(frame, sizeBytes) ?? [];
    expect(Buffer.concat(stored).equals(noise.subarray(0, sizeBytes))).toBe(true);
    for (const part of stored) expect(part.buffer).toBe(frame.buffer);
  }
});

it('leaves what is compressed, has a checksum or is not one frame of the size to the decoder', () => {
  const stored = encodeChunk(noise);
  expect(findStored(encodeChunk(new Uint8Array(5000)), 5000)).toBeUndefined();
  expect(findStored(compressFrame(noise, { level: 1, checksum: true }), noise.length)).toBeUndefined();
  expect(findStored(stored, noise.length - 1)).toBeUndefined();
  expect(findStored(Buffer.concat([stored, Uint8Array.of(0)]), noise.length)).toBeUndefined();
  for (const end of [0, 4, 5, 8, 9, 100, stored.length - 1])
    expect(findStored(stored.subarray(0, end), noise.length)).toBeUndefined();
});

it('says of any bytes the same as the decoder, or nothing', () => {
  const frame = encodeChunk(noise.subarray(0, 600));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(24), fc.nat(255)), { maxLength: 3 }),
      fc.integer({ min: 590, max: 610 }),
      (changes, sizeBytes) => {
        const changed = Uint8Array.from(frame);
        for (const [at, value] of changes) changed[at] = value;
        const stored = findStored(changed, sizeBytes);
        if (stored === undefined) return;
        let decoded: Uint8Array | undefined;
        try {
          decoded = decodeFrame(changed, sizeBytes);
        } catch {
          // Its header states another size, or a window the decoder refuses; the bytes are hashed anyway.
        }
        if (decoded !== undefined) expect(Buffer.concat(stored).equals(decoded)).toBe(true);
      },
    ),
  );
});
