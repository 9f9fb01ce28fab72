import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import type { Sha256 } from './manifest.ts';
import {
  createPackIndex,
  decodeChunk,
  encodeChunk,
  frameBytesMax,
  type PackIndex,
  parsePackIndex,
  serializePackIndex,
  verifyPack,
} from './pack-format.ts';
import { computeSha256, computeSha256Bytes } from './sha256.ts';

const RAW = Buffer.from('one chunk of a file, '.repeat(4000));
const IDENTITY = { sizeBytes: RAW.length, sha256: computeSha256Bytes(RAW) };

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'no error';
}

function buildPack(raws: readonly Uint8Array[]): { bytes: Uint8Array; name: Sha256; index: PackIndex } {
  const frames = raws.map((raw) => encodeChunk(raw));
  const index = createPackIndex(raws.length);
  let end = 0;
  frames.forEach((frame, row) => {
    index.sha256.set(computeSha256Bytes(raws[row] as Uint8Array), row * 32);
    index.sizeBytes[row] = (raws[row] as Uint8Array).length;
    index.offset[row] = end;
    index.packedBytes[row] = frame.length;
    end += frame.length;
  });
  const bytes = Buffer.concat(frames);
  return { bytes, name: computeSha256(bytes), index };
}

describe('pack format', () => {
  it('gives a chunk back', () => {
    expect(Buffer.compare(decodeChunk(encodeChunk(RAW), IDENTITY), RAW)).toBe(0);
  });

  it('keeps frames of random bytes within the bound', () => {
    for (const size of [1, 64, 5000, 1_048_576]) {
      expect(encodeChunk(randomBytes(size)).length).toBeLessThanOrEqual(frameBytesMax(size));
    }
  });

  it('answers every changed bit with a typed error or the same chunk', () => {
    const frame = encodeChunk(RAW);
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const changed = Uint8Array.from(frame);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(codeOf(() => decodeChunk(changed, IDENTITY))).toMatch(/^(no error|PACK_CHUNK_)/);
    }
  });

  it('tells a wrong hash, a wrong size, a bomb, a cut frame and bytes behind it apart', () => {
    const frame = encodeChunk(RAW);
    const other = { ...IDENTITY, sha256: new Uint8Array(32) };
    expect(codeOf(() => decodeChunk(frame, other))).toBe('PACK_CHUNK_HASH_MISMATCH');
    expect(codeOf(() => decodeChunk(frame, { ...IDENTITY, sizeBytes: RAW.length + 1 }))).toBe(
      'PACK_CHUNK_SIZE_MISMATCH',
    );
    const bomb = encodeChunk(Buffer.alloc(16 * 2 ** 20));
    expect(codeOf(() => decodeChunk(bomb, { ...IDENTITY, sizeBytes: 1000 }))).toBe(
      'PACK_CHUNK_FRAME_CORRUPT',
    );
    expect(codeOf(() => decodeChunk(frame.subarray(0, -1), IDENTITY))).toBe('PACK_CHUNK_FRAME_CORRUPT');
    expect(codeOf(() => decodeChunk(Buffer.concat([frame, frame]), IDENTITY))).toBe(
      'PACK_CHUNK_FRAME_CORRUPT',
    );
  });

  it('verifies a whole pack and finds what is wrong with another', () => {
    const pack = buildPack([RAW, randomBytes(3000), Buffer.from([7])]);
    expect(codeOf(() => verifyPack(pack.bytes, pack.name, pack.index))).toBe('no error');
    const changed = Uint8Array.from(pack.bytes);
    changed[20] = (changed[20] as number) ^ 1;
    expect(codeOf(() => verifyPack(changed, pack.name, pack.index))).toBe('PACK_HASH_MISMATCH');
    expect(codeOf(() => verifyPack(changed, computeSha256(changed), pack.index))).toMatch(/^PACK_CHUNK_/);
    const longer = Buffer.concat([pack.bytes, Buffer.from([0])]);
    expect(codeOf(() => verifyPack(longer, computeSha256(longer), pack.index))).toBe('PACK_LAYOUT_INVALID');
  });

  it('reads back an index, and refuses rows that cannot be', () => {
    const { index } = buildPack([RAW, randomBytes(500)]);
    const bytes = serializePackIndex(index);
    expect(bytes.length).toBe(80);
    expect(parsePackIndex(bytes)).toEqual(index);
    expect(codeOf(() => parsePackIndex(bytes.subarray(1)))).toBe('FORMAT_PACK_INDEX_MALFORMED');
    expect(codeOf(() => parsePackIndex(new Uint8Array(80)))).toBe('PACK_LAYOUT_INVALID');
    expect(codeOf(() => parsePackIndex(new Uint8Array()))).toBe('PACK_LAYOUT_INVALID');
    expect(codeOf(() => parsePackIndex(new Uint8Array(40 * 3).fill(255)))).toBe('PACK_LAYOUT_INVALID');
  });

  it('reads the example of the documentation', () => {
    const frame = Buffer.from('28b52ffd20052900006368756e6b', 'hex');
    const raw = Buffer.from('chunk');
    expect(decodeChunk(frame, { sizeBytes: 5, sha256: computeSha256Bytes(raw) }).toString()).toBe('chunk');
  });
});
