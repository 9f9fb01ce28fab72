import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeExtraMixing,
  encodeExtraMixing,
  ExtraMixingCoder,
  type ExtraMixingSegment,
} from './extra-mixing-coder.ts';

/** Bytes that depend on the seed only and look random. */
function makeNoise(seed: string, length: number): Uint8Array {
  const parts: Buffer[] = [];
  for (let i = 0; parts.length * 32 < length; i++) {
    parts.push(createHash('sha256').update(`${seed} ${i}`).digest());
  }
  return new Uint8Array(Buffer.concat(parts).subarray(0, length));
}

/** Sentences of few words. */
function makeText(seed: string, length: number): Uint8Array {
  const words = ['depot', 'build', 'the', 'patch', 'of', 'segment', 'rows', 'is', 'old', 'new'];
  const picks = makeNoise(seed, length);
  const text = [...picks].map((pick) => words[pick % words.length]).join(' ');
  return new Uint8Array(Buffer.from(text).subarray(0, length));
}

/** Rows of about `rowLength` bytes with gaps as long, anywhere in the old bytes. */
function makeRows(
  seed: string,
  { oldBytes, newBytes, rowLength }: { oldBytes: number; newBytes: number; rowLength: number },
): Uint32Array {
  const rows: number[] = [];
  const noise = makeNoise(seed, 4096);
  let at = 0;
  for (let i = 0; i + 3 < noise.length; i += 4) {
    const start = at + ((noise[i] ?? 0) * rowLength) / 128;
    const length = Math.min(((noise[i + 1] ?? 0) * rowLength) / 128, oldBytes);
    if (start + length > newBytes) break;
    const old = (((noise[i + 2] ?? 0) << 8) | (noise[i + 3] ?? 0)) % (oldBytes - Math.trunc(length) + 1);
    rows.push(Math.trunc(start), old, Math.trunc(length));
    at = Math.trunc(start) + Math.trunc(length);
  }
  return Uint32Array.from(rows);
}

function emptyGaps({ newBytes, rows }: ExtraMixingSegment): Uint8Array {
  const rest = new Uint8Array(newBytes.length).fill(0xa5);
  for (let i = 0; i < rows.length; i += 3) {
    const start = rows[i] ?? 0;
    const end = start + (rows[i + 2] ?? 0);
    rest.set(newBytes.subarray(start, end), start);
  }
  return rest;
}

function expectRoundTrip(segment: ExtraMixingSegment): Uint8Array {
  const coded = encodeExtraMixing(segment);
  const newBytes = emptyGaps(segment);
  expect(decodeExtraMixing({ ...segment, newBytes }, coded)).toBe(true);
  expect(Buffer.compare(newBytes, segment.newBytes)).toBe(0);
  return coded;
}

const segments = fc
  .record({
    seed: fc.integer().map(String),
    oldBytes: fc.nat(3000),
    newBytes: fc.nat(6000),
    rowLength: fc.integer({ min: 1, max: 300 }),
    makeBytes: fc.constantFrom(makeNoise, makeText),
  })
  .map(
    ({ seed, oldBytes, newBytes, rowLength, makeBytes }): ExtraMixingSegment => ({
      oldBytes: makeBytes(`old ${seed}`, oldBytes),
      newBytes: makeBytes(`new ${seed}`, newBytes),
      rows: makeRows(seed, { oldBytes, newBytes, rowLength }),
    }),
  );

describe('extra bytes coded by mixing', () => {
  it('come back as they were, whatever the rows', () => {
    fc.assert(
      fc.property(segments, (segment) => void expectRoundTrip(segment)),
      { numRuns: 25, seed: 3 },
    );
  });

  it('take no bytes where rows cover everything', () => {
    const bytes = makeText('all', 100);
    const segment = { oldBytes: bytes, newBytes: bytes, rows: Uint32Array.of(0, 0, 100) };
    expect(expectRoundTrip(segment)).toHaveLength(0);
  });

  it('take hardly more bytes than there are where nothing can be told', () => {
    const newBytes = makeNoise('noise', 100_000);
    const segment = { oldBytes: new Uint8Array(0), newBytes, rows: new Uint32Array(0) };
    expect(expectRoundTrip(segment).length).toBeLessThanOrEqual(100_010);
  });

  it('keep noise raw and code what lies beside it', () => {
    const newBytes = Buffer.concat([makeText('a', 40_000), makeNoise('b', 70_000), makeText('c', 40_000)]);
    const segment = { oldBytes: new Uint8Array(0), newBytes, rows: new Uint32Array(0) };
    expect(expectRoundTrip(segment).length).toBeLessThan(70_000 + 30_000);
  });

  it('cost next to nothing where the old bytes hold them', () => {
    const oldBytes = makeNoise('old', 30_000);
    const segment = { oldBytes, newBytes: oldBytes.slice(5000, 25_000), rows: new Uint32Array(0) };
    expect(expectRoundTrip(segment).length).toBeLessThan(1000);
  });

  it('make the same bytes as ever', () => {
    const newBytes = makeText('golden', 400);
    newBytes.set([0x48, 0x8d, 0x05, 0x10, 0, 0, 0, 0xe8, 0x20, 0, 0, 0, 0x0f, 0x84, 1, 2, 0, 0], 100);
    const coded = encodeExtraMixing({
      oldBytes: makeText('old', 300),
      newBytes,
      rows: Uint32Array.of(60, 10, 40, 200, 180, 100),
    });
    expect(createHash('sha256').update(coded).digest('hex')).toMatchInlineSnapshot(
      `"609736524ec4ced727872f59a366fbb2190b87f573460868bef4dfd75836f95d"`,
    );
    expect(Buffer.from(coded.subarray(0, 16)).toString('hex')).toMatchInlineSnapshot(
      `"009dd96b7ae2d2cdfcf6a8898c375506"`,
    );
  });

  it('do not depend on what the coder did before', () => {
    const newBytes = makeText('place', 3000);
    const coder = new ExtraMixingCoder({ oldSizeBytes: 0, newSizeBytes: 3000, rows: new Uint32Array(0) });
    coder.newBytes.set(newBytes);
    const first = coder.encode();
    expect(coder.encode()).toEqual(first);
    coder.newBytes.fill(0);
    expect(coder.decode(first)).toBe(true);
    expect(Buffer.compare(coder.newBytes, newBytes)).toBe(0);
  });

  it('end on damaged bytes, and leave the rows alone', () => {
    const newBytes = makeText('new', 3000);
    const segment = {
      oldBytes: makeText('old', 2000),
      newBytes,
      rows: Uint32Array.of(500, 100, 700, 1300, 900, 600),
    };
    const coded = encodeExtraMixing(segment);
    fc.assert(
      fc.property(
        fc.nat(coded.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(coded.length),
        (at, change, cut) => {
          const damaged = coded.slice(0, Math.max(cut, at + 1));
          damaged[at] = (damaged[at] ?? 0) ^ change;
          const result = emptyGaps(segment);
          decodeExtraMixing({ ...segment, newBytes: result }, damaged);
          expect(emptyGaps({ ...segment, newBytes: result })).toEqual(emptyGaps(segment));
        },
      ),
      { numRuns: 30, seed: 5 },
    );
  });

  it("say so when the head cannot be an encoder's", () => {
    const segment = { oldBytes: new Uint8Array(0), newBytes: makeText('x', 50), rows: new Uint32Array(0) };
    for (const coded of [[], [2, 0, 0], [1], [1, 1, 7]]) {
      expect(decodeExtraMixing(segment, Uint8Array.from(coded))).toBe(false);
    }
  });

  it('refuse rows that overlap or lie outside', () => {
    for (const rows of [
      [0, 0, 11],
      [5, 0, 3, 7, 0, 1],
      [0, 9, 2],
      [0, 0],
    ]) {
      const options = { oldSizeBytes: 10, newSizeBytes: 10, rows: Uint32Array.from(rows) };
      expect(() => new ExtraMixingCoder(options)).toThrow(RangeError);
    }
  });
});
