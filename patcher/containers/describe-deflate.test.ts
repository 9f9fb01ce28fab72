import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/random-bytes.ts';
import { DeflateDescriber, type DescriptionWorth } from './describe-deflate.ts';
import { ENCODERS, type EncoderOptions } from './testing/encoders.ts';

const { deflate } = ENCODERS[0] as (typeof ENCODERS)[number];
const USUAL: EncoderOptions = { level: 6, memLevel: 8, windowBits: 15, strategy: 0 };

/** Rows of an image behind a filter: small differences, with repeats a few rows up. */
function imageRows(seed: number, sizeBytes: number): Uint8Array {
  const random = new SeededRandom(seed);
  const content = new Uint8Array(sizeBytes);
  for (let i = 0; i < sizeBytes; i++) {
    const above = content[i - 600] ?? 0;
    content[i] = random.below(10) < 7 ? above : (above + random.below(7) - 3) & 0xff;
  }
  return content;
}

function worth(mostBytes: number, bytesPerWork = 0): DescriptionWorth {
  return { mostBytes, bytesPerWork };
}

/** What a description takes. */
interface Taken {
  readonly work: number;
  readonly corrections: number;
}

function countCorrections(packed: Uint8Array, content: Uint8Array): number | undefined {
  return new DeflateDescriber().describe(packed, content, worth(packed.length))?.description.corrections
    .length;
}

describe('DeflateDescriber', () => {
  const text = new SeededRandom(1).text(150_000);
  const rows = imageRows(2, 150_000);

  it.each([
    ['the usual ones', USUAL],
    ['the best level', { ...USUAL, level: 9 }],
    ['the best level, filtered, as PNGs have it', { ...USUAL, level: 9, strategy: 1 }],
    ['the quickest level', { ...USUAL, level: 1 }],
    ['the most memory', { ...USUAL, level: 9, memLevel: 9 }],
    ['little memory', { ...USUAL, level: 9, memLevel: 4 }],
    ['a small window', { ...USUAL, windowBits: 11 }],
    ['runs alone', { ...USUAL, strategy: 3 }],
    ['Huffman codes alone', { ...USUAL, strategy: 2 }],
  ])('finds settings that leave next to nothing to correct: %s', (_, options) => {
    for (const content of [text, rows]) {
      const packed = deflate(content, options);
      expect(countCorrections(packed, content)).toBeLessThanOrEqual(packed.length / 200);
    }
  });

  it('is not led astray by streams of other encoders between', () => {
    const describer = new DeflateDescriber();
    for (const level of [9, 1, 6, 9, 1, 6, 3, 9]) {
      const packed = deflate(rows, { ...USUAL, level });
      const found = describer.describe(packed, rows, worth(packed.length))?.description.corrections.length;
      expect(found).toBeLessThanOrEqual(packed.length / 500 + 4);
    }
  });

  it('describes nothing at a higher price than is asked for', () => {
    const describer = new DeflateDescriber();
    // Stored blocks of odd sizes are what zlib never makes.
    const packed = storeInPieces(text, 100);
    expect(describer.describe(packed, text, worth(10))).toBeUndefined();
    expect(describer.describe(packed, text, worth(packed.length))).toBeDefined();
  });

  it('leaves the more to correct, and the less to search, the more work is worth', () => {
    const packed = deflate(rows, { ...USUAL, level: 9 });
    const [exact, balanced, quick] = [0, 0.001, 1].map((bytesPerWork) => {
      const found = new DeflateDescriber().describe(packed, rows, worth(8 * packed.length, bytesPerWork));
      if (found === undefined) throw new Error('a stream is not described');
      return { work: found.work, corrections: found.description.corrections.length };
    }) as [Taken, Taken, Taken];
    expect(exact.corrections).toBeLessThanOrEqual(packed.length / 500 + 4);
    expect(balanced).toEqual(exact);
    expect(quick.work).toBeLessThan(exact.work / 4);
    expect(quick.corrections).toBeGreaterThan(exact.corrections);
  });

  it('leaves streams whose corrections and work take more than they may', () => {
    const packed = deflate(rows, { ...USUAL, level: 9 });
    const describeFor = (mostBytes: number) =>
      new DeflateDescriber().describe(packed, rows, worth(mostBytes, 0.01));
    const cost = (found: ReturnType<typeof describeFor>) =>
      found && found.description.corrections.length + 0.01 * found.work;
    const least = Math.ceil(cost(describeFor(packed.length)) ?? 0);
    expect(least).toBeGreaterThan(0);
    expect(describeFor(least)).toBeDefined();
    expect(describeFor(least - 1)).toBeUndefined();
  });

  it('describes the streams of other encoders by a quick search where work counts', () => {
    const packed = storeInPieces(text, 100);
    const describeAt = (bytesPerWork: number) =>
      new DeflateDescriber().describe(packed, text, worth(packed.length, bytesPerWork));
    expect(describeAt(0)).toBeDefined();
    expect(describeAt(0.01)?.description.settings).toMatchObject({ level: 4, hashedBytes: 4 });
  });
});

function storeInPieces(content: Uint8Array, pieceBytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += pieceBytes) {
    const piece = content.subarray(at, at + pieceBytes);
    const head = Buffer.alloc(5);
    head.writeUInt8(at + pieceBytes >= content.length ? 1 : 0, 0);
    head.writeUInt16LE(piece.length, 1);
    head.writeUInt16LE(piece.length ^ 0xffff, 3);
    parts.push(head, piece);
  }
  return Buffer.concat(parts);
}
