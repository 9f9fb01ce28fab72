import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
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
});

/** Bytes that nothing compresses. */
function makeNoise(sizeBytes: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let number = 0; number * 32 < sizeBytes; number++)
    blocks.push(createHash('sha256').update(`noise ${number}`).digest());
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}
