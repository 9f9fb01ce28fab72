import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decompressInto } from './kept-decoder.ts';
import { compressFrame, decompressFrame, FrameError } from './zstd-frame.ts';

const NODE_PIECE_BYTES = 16 * 1024;
/** Magic number, descriptor, size, block header: what a frame of stored bytes adds to them, up to 64 KiB. */
const STORED_OVERHEAD_BYTES = 10;

describe('a frame', () => {
  it('is one frame also where it is as long as a piece of Node’s encoder', () => {
    for (let sizeBytes = NODE_PIECE_BYTES - 64; sizeBytes < NODE_PIECE_BYTES + 64; sizeBytes++) {
      const raw = makeNoise(sizeBytes);
      for (const checksum of [false, true]) {
        const frame = compressFrame(raw, { level: 3, checksum });
        expect(frame.length - sizeBytes, `${sizeBytes} bytes`).toBeLessThan(STORED_OVERHEAD_BYTES + 5);
        const read = decompressFrame(frame, { outputBytesMax: sizeBytes, windowLogMax: 27 });
        expect(Buffer.compare(read, raw)).toBe(0);
      }
    }
  });

  it('keeps no more memory than its bytes', () => {
    const frame = compressFrame(new Uint8Array(2 ** 20), { level: 3, checksum: false });
    expect(frame.buffer.byteLength).toBe(frame.length);
  });

  it('is refused with another one behind it', () => {
    const frame = compressFrame(makeNoise(100), { level: 3, checksum: false });
    const empty = compressFrame(new Uint8Array(0), { level: 3, checksum: false });
    const read = () =>
      decompressFrame(Buffer.concat([frame, empty]), { outputBytesMax: 1000, windowLogMax: 27 });
    expect(read).toThrow(FrameError);
  });

  it('is read behind any that could not be', () => {
    const raw = makeNoise(70_000).fill(7, 20_000, 50_000);
    const frame = compressFrame(raw, { level: 3, checksum: true });
    const flipped = Buffer.from(frame);
    flipped.writeUInt8(flipped.readUInt8(30_000) ^ 1, 30_000);
    const broken = [
      frame.subarray(0, 0),
      frame.subarray(0, -1),
      frame.subarray(0, 30_000),
      frame.subarray(1),
      flipped,
    ];
    for (const other of [
      ...broken,
      Buffer.concat([frame, frame]),
      Buffer.concat([frame, frame.subarray(0, 9)]),
    ]) {
      const read = (bytes: Uint8Array, outputBytesMax: number) =>
        decompressFrame(bytes, { outputBytesMax, windowLogMax: 23 });
      expect(() => read(other, raw.length)).toThrow(FrameError);
      expect(Buffer.compare(read(frame, raw.length), raw)).toBe(0);
      expect(() => read(frame, raw.length - 1)).toThrow('it is larger than stated');
      expect(Buffer.compare(read(frame, raw.length + 1), raw)).toBe(0);
    }
  });

  it('is read from memory that threads share', () => {
    const raw = makeNoise(5000).fill(1, 100, 4000);
    const frame = compressFrame(raw, { level: 3, checksum: false });
    const shared = new Uint8Array(new SharedArrayBuffer(frame.length));
    shared.set(frame);
    expect(Buffer.compare(decompressFrame(shared, { outputBytesMax: 5000, windowLogMax: 23 }), raw)).toBe(0);
  });
});

/** What Node documents nothing of and a decoder that is kept needs: where it is gone, all works, and takes longer. */
it('keeps a decoder in this Node', () => {
  const frame = compressFrame(makeNoise(100), { level: 3, checksum: false });
  expect(decompressInto(frame, new Uint8Array(101), 23)).toBe(100);
  expect(decompressInto(frame, new Uint8Array(100), 23)).toBe(undefined);
});

/** Bytes that nothing compresses. */
function makeNoise(sizeBytes: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let number = 0; number * 32 < sizeBytes; number++)
    blocks.push(createHash('sha256').update(`noise ${number}`).digest());
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}
