import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeExtra, encodeExtra, type ExtraLevel } from './extra-coder.ts';

interface Segment {
  readonly newBytes: Uint8Array;
  readonly gaps: Uint32Array;
}

const LEVELS: readonly ExtraLevel[] = ['fast', 'default'];

/** A generator of numbers below 2^32, the same for the same seed. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state ^ (state >>> 13)) >>> 0;
  };
}

function makeNoise(length: number, seed: number): Uint8Array {
  const random = makeRandom(seed);
  return Uint8Array.from({ length }, () => random() >>> 11);
}

/** Words of a small vocabulary: repetitive, with literals of a skewed spread. */
function makeText(length: number, seed: number): Uint8Array {
  const random = makeRandom(seed);
  const words = Array.from({ length: 300 }, () =>
    makeNoise(1 + (random() % 9), random()).map((b) => 97 + (b % 26)),
  );
  const text = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const word = words[random() % words.length] ?? new Uint8Array(1);
    text.set(word.subarray(0, length - at), at);
    at += word.length;
    if (at < length) text[at++] = 32;
  }
  return text;
}

/** Gaps of about `gapLength` bytes, as far apart. */
function makeGaps(length: number, gapLength: number, seed: number): Uint32Array {
  const random = makeRandom(seed);
  const gaps: number[] = [];
  for (let at = random() % (gapLength + 1); at < length; ) {
    const gap = Math.min(length - at, random() % (2 * gapLength + 1));
    gaps.push(at, gap);
    at += gap + (random() % (2 * gapLength + 1));
  }
  return Uint32Array.from(gaps);
}

function emptyGaps({ newBytes, gaps }: Segment): Uint8Array {
  const rest = newBytes.slice();
  for (let i = 0; i < gaps.length; i += 2) rest.fill(0xa5, gaps[i], (gaps[i] ?? 0) + (gaps[i + 1] ?? 0));
  return rest;
}

function expectRoundTrip(segment: Segment, level: ExtraLevel): Uint8Array {
  const coded = encodeExtra({ ...segment, level });
  const decoded = emptyGaps(segment);
  expect(decodeExtra({ ...segment, newBytes: decoded, coded })).toBe(true);
  expect(Buffer.compare(decoded, segment.newBytes)).toBe(0);
  return coded;
}

const segments = fc
  .record({
    pieces: fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constant(new Uint8Array(50))), {
      maxLength: 6,
    }),
    order: fc.array(fc.nat(5), { maxLength: 40 }),
    cuts: fc.array(fc.nat(700), { maxLength: 40 }),
  })
  .map(({ pieces, order, cuts }) => {
    const newBytes = new Uint8Array(Buffer.concat(order.map((i) => pieces[i] ?? new Uint8Array())));
    const edges = [...new Set(cuts.map((cut) => Math.min(cut, newBytes.length)))].sort((a, b) => a - b);
    const gaps: number[] = [];
    for (let i = 0; i + 1 < edges.length; i += 2)
      gaps.push(edges[i] ?? 0, (edges[i + 1] ?? 0) - (edges[i] ?? 0));
    return { newBytes, gaps: Uint32Array.from(gaps) };
  });

describe.each(LEVELS)('extra bytes at level %s', (level) => {
  it('come back whatever the bytes and gaps are', () => {
    fc.assert(
      fc.property(segments, (segment) => {
        expectRoundTrip(segment, level);
      }),
      { numRuns: 150 },
    );
  });

  it('come back from text in many small gaps, much smaller', () => {
    const newBytes = makeText(300_000, 1);
    const gaps = makeGaps(newBytes.length, 40, 2);
    expect(expectRoundTrip({ newBytes, gaps }, level).length).toBeLessThan(75_000);
  });

  it('come back over many chunks and blocks', () => {
    const newBytes = makeText(700_000, 3);
    expectRoundTrip({ newBytes, gaps: Uint32Array.of(1, 300_000, 300_001, 399_999) }, level);
  });

  it('are stored at next to no cost when they are noise, and later bytes are coded again', () => {
    const noise = makeNoise(200_000, 4);
    const newBytes = new Uint8Array(Buffer.concat([noise, makeText(100_000, 5), noise.subarray(0, 50_000)]));
    const coded = expectRoundTrip({ newBytes, gaps: Uint32Array.of(0, newBytes.length) }, level);
    expect(coded.length).toBeLessThan(200_000 + 50_000);
    const alone = expectRoundTrip({ newBytes: noise, gaps: Uint32Array.of(0, noise.length) }, level);
    expect(alone.length).toBeLessThan(noise.length + 16);
  });

  it('are copied from rows before them', () => {
    const row = makeNoise(60_000, 7);
    const newBytes = new Uint8Array(Buffer.concat([row, row.subarray(100, 50_000)]));
    const gaps = Uint32Array.of(row.length, newBytes.length - row.length);
    expect(expectRoundTrip({ newBytes, gaps }, level).length).toBeLessThan(100);
  });

  it('cost nothing when there are none', () => {
    expect(expectRoundTrip({ newBytes: makeText(1000, 8), gaps: new Uint32Array() }, level).length).toBe(0);
    expect(expectRoundTrip({ newBytes: makeText(1000, 8), gaps: Uint32Array.of(5, 0) }, level).length).toBe(
      0,
    );
  });
});

describe('the format of extra bytes', () => {
  const lines = Array.from(
    { length: 40 },
    (_, i) => `${(i * 7919) % 1000}: the ${i % 3 ? 'quick' : 'lazy'} fox jumps ${i * i} times\n`,
  );
  const newBytes = Buffer.from(lines.join(''));
  const gaps = Uint32Array.of(30, 200, 300, 1, 350, newBytes.length - 400);
  const hex = readFileSync(new URL('testdata/extra.hex', import.meta.url), 'utf8').replaceAll('\n', '');
  const golden = Buffer.from(hex, 'hex');

  it('is read as it was when first written', () => {
    const decoded = emptyGaps({ newBytes, gaps });
    expect(decodeExtra({ newBytes: decoded, gaps, coded: golden })).toBe(true);
    expect(Buffer.from(decoded).toString('latin1')).toBe(newBytes.toString('latin1'));
  });

  it('is written the same by every run', () => {
    expect(Buffer.from(encodeExtra({ newBytes, gaps, level: 'default' })).toString('hex')).toBe(hex);
  });

  it('has a raw block where coding does not pay, as the example in the document', () => {
    const example = Buffer.from('abcabcabcabcabcX');
    const coded = encodeExtra({ newBytes: example, gaps: Uint32Array.of(0, 16), level: 'default' });
    expect(Buffer.from(coded).toString('hex')).toBe(`01${example.toString('hex')}`);
  });

  it('refuses an unknown kind of block', () => {
    const coded = Uint8Array.of(2, ...golden.subarray(1));
    expect(decodeExtra({ newBytes: emptyGaps({ newBytes, gaps }), gaps, coded })).toBe(false);
  });
});

describe('the decoder of extra bytes', () => {
  it('ends on damaged bytes, says so or gives other bytes, and leaves the rows alone', () => {
    const newBytes = makeText(40_000, 9);
    const gaps = makeGaps(newBytes.length, 200, 10);
    const coded = encodeExtra({ newBytes, gaps, level: 'default' });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(coded.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        fc.nat(coded.length),
        (changes, length) => {
          const damaged = coded.slice();
          for (const [at, byte] of changes) damaged[at] = byte;
          const decoded = emptyGaps({ newBytes, gaps });
          decodeExtra({
            newBytes: decoded,
            gaps,
            coded: length % 3 === 0 ? damaged.subarray(0, length) : damaged,
          });
          expect(rowsOf(decoded, gaps).equals(rowsOf(newBytes, gaps))).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (coded) => {
        const gaps = Uint32Array.of(0, 3000, 4000, 40_000);
        expect(decodeExtra({ newBytes: new Uint8Array(50_000), gaps, coded })).toBe(false);
      }),
    );
  });

  it('says so when bytes are missing or left', () => {
    const newBytes = makeText(5000, 11);
    const gaps = Uint32Array.of(0, newBytes.length);
    const coded = encodeExtra({ newBytes, gaps, level: 'fast' });
    const decode = (bytes: Uint8Array) =>
      decodeExtra({ newBytes: new Uint8Array(newBytes.length), gaps, coded: bytes });
    expect(decode(coded)).toBe(true);
    expect(decode(coded.subarray(0, coded.length - 1))).toBe(false);
    expect(decode(new Uint8Array(Buffer.concat([coded, Uint8Array.of(0)])))).toBe(false);
    expect(decode(new Uint8Array())).toBe(false);
  });

  it('refuses gaps that overlap or end behind the new bytes', () => {
    const decode = (gaps: Uint32Array) =>
      decodeExtra({ newBytes: new Uint8Array(10), gaps, coded: new Uint8Array(9) });
    expect(() => decode(Uint32Array.of(0, 5, 4, 2))).toThrow(RangeError);
    expect(() => decode(Uint32Array.of(8, 3))).toThrow(RangeError);
    expect(() => decode(Uint32Array.of(8))).toThrow(RangeError);
  });
});

function rowsOf(bytes: Uint8Array, gaps: Uint32Array): Buffer {
  return Buffer.from(emptyGaps({ newBytes: bytes, gaps }));
}
