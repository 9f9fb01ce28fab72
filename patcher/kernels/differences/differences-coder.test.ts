import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DifferencesCoder, type DifferencesLevel } from './differences-coder.ts';

const LEVELS: readonly DifferencesLevel[] = ['quick', 'full'];
const coder = new DifferencesCoder();

/** Bytes that depend on the seed only. */
function makeBytes(seed: string, length: number): Uint8Array {
  const parts: Buffer[] = [];
  for (let i = 0; parts.length * 32 < length; i++) {
    parts.push(createHash('sha256').update(`${seed} ${i}`).digest());
  }
  return new Uint8Array(Buffer.concat(parts).subarray(0, length));
}

/** Code-like bytes in which every 13th starts a field, and the same with the fields shifted. */
function makeShifted(length: number): { predicted: Uint8Array; actual: Uint8Array } {
  const random = makeBytes('code', length);
  const predicted = random.map((byte, i) => (i % 13 === 0 ? 0xe8 : byte & 15));
  const actual = predicted.slice();
  const view = new DataView(actual.buffer);
  for (let i = 1; i + 4 <= length; i += 13) {
    const value = view.getUint32(i, true);
    view.setUint32(i, value + (value & 0x0800 ? 0x1230 : 0x1ff0), true);
  }
  return { predicted, actual };
}

function roundTrip(
  predicted: Uint8Array,
  actual: Uint8Array,
  level: DifferencesLevel,
  marks?: Uint8Array,
): Uint8Array {
  const coded = coder.encode({ predicted, actual, marks, level });
  expect(coded.length).toBeLessThanOrEqual(actual.length + 1);
  const decoded = coder.decode({ predicted, marks, coded, level });
  expect(Buffer.compare(decoded, actual)).toBe(0);
  return coded;
}

/** Old bytes of any kind, and the same with a few stretches overwritten. */
const edited = fc
  .record({
    seed: fc.integer(),
    length: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 9000 })),
    alphabet: fc.constantFrom(1, 3, 255),
    edits: fc.array(fc.record({ at: fc.nat(9000), bytes: fc.uint8Array({ minLength: 1, maxLength: 100 }) }), {
      maxLength: 12,
    }),
  })
  .map(({ seed, length, alphabet, edits }) => {
    const predicted = makeBytes(`${seed}`, length).map((byte) => byte & alphabet);
    const actual = predicted.slice();
    for (const { at, bytes } of edits) {
      if (at < length) actual.set(bytes.subarray(0, length - at), at);
    }
    return { predicted, actual };
  });

describe.each(LEVELS)('differences coded at the level called %s', (level) => {
  it('come back as they were, whatever was edited', () => {
    fc.assert(
      fc.property(edited, fc.boolean(), ({ predicted, actual }, marked) => {
        const marks = marked ? makeBytes('marks', actual.length).map((byte) => byte & 15) : undefined;
        roundTrip(predicted, actual, level, marks);
      }),
      { numRuns: 150, seed: 3 },
    );
  });

  it('come back as they were when they fill whole blocks and when they do not', () => {
    for (const length of [1, 7, 8, 9, 63, 64, 65, 1023, 1024, 1025, 2048]) {
      const predicted = makeBytes('edges', length);
      for (const at of [0, length >> 1, length - 1]) {
        const actual = predicted.slice();
        actual[at] = (actual[at] ?? 0) ^ 0x80;
        roundTrip(predicted, actual, level);
      }
      roundTrip(
        predicted,
        predicted.map((byte) => byte ^ 0xff),
        level,
      );
    }
  });

  it('take no bytes where both sides are equal', () => {
    const bytes = makeBytes('equal', 5000);
    expect(roundTrip(bytes, bytes, level)).toHaveLength(0);
    expect(roundTrip(new Uint8Array(0), new Uint8Array(0), level)).toHaveLength(0);
  });

  it('take one byte more than the new bytes where nothing is alike', () => {
    const actual = makeBytes('unlike', 5000);
    expect(roundTrip(makeBytes('old', 5000), actual, level)).toHaveLength(5001);
  });

  it('take few bytes where the same fields shift by the same amounts', () => {
    const { predicted, actual } = makeShifted(130_000);
    expect(roundTrip(predicted, actual, level).length).toBeLessThan(5500);
  });

  it('do not depend on what the coder did before', () => {
    const { predicted, actual } = makeShifted(20_000);
    const used = coder.encode({ predicted, actual, level });
    expect(new DifferencesCoder().encode({ predicted, actual, level })).toEqual(used);
  });

  it('are made in place where the old bytes lie', () => {
    const { predicted, actual } = makeShifted(20_000);
    const coded = coder.encode({ predicted, actual, level });
    coder.predictedRoom(predicted.length).set(predicted);
    const decoded = coder.decodeInPlace({ length: predicted.length, coded, level });
    expect(Buffer.compare(decoded, actual)).toBe(0);
  });

  it('are some bytes of the right number when the coded ones are damaged', () => {
    const { predicted, actual } = makeShifted(20_000);
    const coded = coder.encode({ predicted, actual, level });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc
            .tuple(fc.nat(coded.length - 1), fc.integer({ min: 1, max: 255 }))
            .map(([at, flip]) => coded.map((byte, i) => (i === at ? byte ^ flip : byte))),
          fc.nat(coded.length).map((length) => coded.subarray(0, length)),
        ),
        (damagedBytes) => {
          const decoded = coder.decode({ predicted, coded: damagedBytes, level });
          expect(decoded).toHaveLength(predicted.length);
        },
      ),
      { numRuns: 100, seed: 5 },
    );
    expect(Buffer.compare(coder.decode({ predicted, coded, level }), actual)).toBe(0);
  });

  it('keep the bytes they have always had', () => {
    const { predicted, actual } = makeShifted(3000);
    actual.set(makeBytes('edit', 40), 1500);
    const golden = new URL(`testdata/differences-${level}.bin`, import.meta.url);
    const coded = coder.encode({ predicted, actual, level });
    expect(Buffer.compare(coded, readFileSync(golden))).toBe(0);
  });
});

/** The first coded byte, of bytes that are not stored as they are. */
const CODED = 1;

it('comes through many blocks that differ and long stretches that do not', () => {
  const predicted = makeBytes('long', 64).slice();
  const long = Buffer.alloc(3_400_000, predicted);
  const actual = Uint8Array.from(long);
  // More blocks than one chunk holds, then a gap of more than one step, then a last byte.
  const random = makeBytes('changes', 64 * 2100);
  for (let at = 0; at < random.length; at += 2) actual[at] = random[at] ?? 0;
  actual[actual.length - 1] = (actual[actual.length - 1] ?? 0) ^ 1;
  const coded = coder.encode({ predicted: long, actual, level: 'quick' });
  expect(coded[0]).toBe(CODED);
  expect(Buffer.compare(coder.decode({ predicted: long, coded, level: 'quick' }), actual)).toBe(0);
});

it('decodes in any place, whatever lies around it', () => {
  const { predicted, actual } = makeShifted(20_000);
  const coded = coder.encode({ predicted, actual, level: 'quick' });
  expect(coded[0]).toBe(CODED);
  const room = 4096 + predicted.length + 4096;
  const memory = coder.predictedRoom(room + coded.length);
  memory.fill(0xa5);
  memory.set(predicted, 4096);
  const at = coder.firstFree + 4096;
  coder.decodeAt(
    { at, length: predicted.length, marksAt: undefined, codedAt: coder.firstFree + room },
    { coded, level: 'quick' },
  );
  expect(Buffer.compare(memory.subarray(4096, 4096 + actual.length), actual)).toBe(0);
  expect(memory.subarray(0, 4096).every((byte) => byte === 0xa5)).toBe(true);
});

it('refuses to code sides of two lengths', () => {
  const sides = { predicted: new Uint8Array(3), actual: new Uint8Array(4) };
  expect(() => coder.encode({ ...sides, level: 'full' })).toThrow(RangeError);
});
