import { createCipheriv } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { NoiseDetector } from './noise-blocks.ts';

const BLOCK_BYTES = 16384;

/** As an encrypted file holds them. */
function makeNoise(seed: number, length: number): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(length));
}

/** How many blocks of the bytes are taken for noise. */
function countNoise(bytes: Uint8Array, known: Uint8Array = new Uint8Array()): number {
  const detector = new NoiseDetector(bytes, known);
  let count = 0;
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    count += Number(detector.isNoise(at, Math.min(bytes.length, at + BLOCK_BYTES)));
  }
  return count;
}

describe('blocks are taken for noise', () => {
  it('where they are encrypted', () => {
    expect(countNoise(makeNoise(1, 64 * BLOCK_BYTES))).toBe(64);
  });

  it('once only, where they come again', () => {
    const once = makeNoise(2, 4 * BLOCK_BYTES);
    expect(countNoise(Buffer.concat([once, makeNoise(3, 1001), once]))).toBe(4);
  });

  it('but not where they are old ones, from any byte on', () => {
    const old = makeNoise(8, 4 * BLOCK_BYTES);
    expect(countNoise(Buffer.concat([old.subarray(4321), makeNoise(9, 4321)]), old)).toBe(0);
    expect(countNoise(makeNoise(9, 4 * BLOCK_BYTES), old)).toBe(4);
  });

  it('not where they hold little that repeats', () => {
    const bytes = makeNoise(4, 2 * BLOCK_BYTES);
    bytes.copy(bytes, BLOCK_BYTES + 5000, 301, 301 + 24);
    expect(countNoise(bytes)).toBe(1);
  });
});

describe('blocks are not taken for noise', () => {
  const sides: Record<string, (at: number, noise: Buffer) => number> = {
    'one byte that is a little more frequent': (at, noise) => (at % 64 === 0 ? 0 : (noise[at] as number)),
    'bits that are always set': (at, noise) => (noise[at] as number) | ((at % 4 === 0 ? 1 : 0) * 0x80),
    'numbers of two bytes that rise and fall slowly': (at, noise) => {
      const sample = Math.round(30_000 * Math.sin(at / 300)) + ((noise[at >> 1] as number) & 0x7f);
      return (at % 2 === 0 ? sample : sample >> 8) & 0xff;
    },
    'every byte as often as any, in a pattern': (at) => (at * 77) & 0xff,
    'pixels of three bytes that hardly change': (at, noise) =>
      (((at % 3) * 85 + Math.floor(at / 40)) & 0xff) ^ ((noise[at] as number) & 7),
  };
  it.each(Object.entries(sides))('that have %s', (_, valueAt) => {
    const noise = makeNoise(5, 4 * BLOCK_BYTES);
    expect(countNoise(Uint8Array.from(noise, (_value, at) => valueAt(at, noise)))).toBe(0);
  });

  it('that are text, packed with codes of fixed lengths or not at all', () => {
    const text = Buffer.from(Array.from(makeNoise(6, 60_000), (value) => `${value % 50} `).join(''));
    expect(countNoise(text)).toBe(0);
    expect(countNoise(deflateRawSync(text, { strategy: 4 }).subarray(0, 3 * BLOCK_BYTES))).toBe(0);
  });

  it('that are too short to tell', () => {
    expect(new NoiseDetector(makeNoise(7, 4095), new Uint8Array()).isNoise(0, 4095)).toBe(false);
  });
});
