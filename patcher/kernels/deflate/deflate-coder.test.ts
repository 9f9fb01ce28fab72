import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCODERS, type Encoder, type EncoderOptions } from '../../containers/testing/encoders.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { CoderRoom } from '../../containers/testing/coder-room.ts';
import { inflateAhead } from '../../containers/inflate-stream.ts';
import { createMemory } from '../load-kernel.ts';
import { DEFLATE_DATA_AT, DeflateCoder, type DeflateFit, type DeflateSettings } from './deflate-coder.ts';

const USUAL: EncoderOptions = { level: 6, memLevel: 8, windowBits: 15, strategy: 0 };
const STRATEGY_FIXED = 4;

function toSettings(options: EncoderOptions, hashedBytes: 3 | 4 = 3): DeflateSettings {
  const { level, memLevel, windowBits } = options;
  const strategy = options.strategy === STRATEGY_FIXED ? 0 : options.strategy;
  const hashBits = hashedBytes === 4 ? Math.max(15, memLevel + 7) : memLevel + 7;
  return { level, windowBits, hashBits, hashedBytes, blockBits: memLevel + 6, strategy };
}

/** Starting Python takes longer than a stream does. */
function countRuns({ name }: Encoder): number {
  return name.startsWith('Python') ? 3 : 40;
}

/** Text, noise, runs and repeats from afar, as games' files have them. */
function mixedContent(seed: number, sizeBytes: number): Uint8Array {
  const random = new SeededRandom(seed);
  const parts: Uint8Array[] = [];
  let total = 0;
  while (total < sizeBytes) {
    const length = 1 + random.below(Math.max(2, sizeBytes / 4));
    const kind = random.below(4);
    if (kind === 0) parts.push(random.text(length));
    else if (kind === 1) parts.push(random.bytes(length));
    else if (kind === 2) parts.push(new Uint8Array(length).fill(random.below(256)));
    else parts.push(Buffer.concat(parts).subarray(random.below(total + 1)));
    total += (parts.at(-1) as Uint8Array).length;
  }
  return Buffer.concat(parts).subarray(0, sizeBytes);
}

const options = fc.record({
  level: fc.integer({ min: 1, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.integer({ min: 0, max: STRATEGY_FIXED }),
});

function describeStream(
  coder: DeflateCoder,
  packed: Uint8Array,
  content: Uint8Array,
  ...how: Parameters<DeflateCoder['describe']>
): DeflateFit | undefined {
  coder.load(packed, content);
  return coder.describe(...how);
}

describe('DeflateCoder', () => {
  const room = new CoderRoom();
  const { coder } = room;

  it.each(ENCODERS)('rebuilds every stream of $name, told its options', (encoder) => {
    const { deflate, hashedBytes } = encoder;
    const numRuns = countRuns(encoder);
    fc.assert(
      fc.property(options, fc.integer(), fc.integer({ min: 0, max: 60_000 }), (told, seed, sizeBytes) => {
        const content = mixedContent(seed, sizeBytes);
        const packed = deflate(content, told);
        const fit = describeStream(coder, packed, content, toSettings(told, hashedBytes), {
          most: packed.length + 4096,
        });
        expect(fit).toBeDefined();
        const rebuilt = fit && room.rebuild(content, fit, packed.length);
        expect(rebuilt && Buffer.compare(rebuilt, packed)).toBe(0);
      }),
      { numRuns, seed: 1 },
    );
  });

  it.each(ENCODERS.filter(({ hashedBytes }) => hashedBytes === 3))(
    'foresees every token of $name',
    (encoder) => {
      const { deflate, hashedBytes } = encoder;
      const numRuns = countRuns(encoder);
      fc.assert(
        fc.property(options, fc.integer(), (told, seed) => {
          const content = mixedContent(seed, 60_000);
          const packed = deflate(content, told);
          const fit = describeStream(coder, packed, content, toSettings(told, hashedBytes), {
            most: packed.length + 4096,
          });
          expect(fit?.mistakes).toBe(0);
        }),
        { numRuns, seed: 2 },
      );
    },
  );

  it('needs no corrections for what zlib makes when told nothing', () => {
    const content = new SeededRandom(3).text(300_000);
    for (const { name, hashedBytes, deflate } of ENCODERS) {
      const packed = deflate(content, USUAL);
      const fit = describeStream(coder, packed, content, toSettings(USUAL, hashedBytes), {
        most: packed.length,
      });
      expect([name, fit?.corrections.length]).toEqual([name, 0]);
    }
  });

  it('corrects a description of wrong settings, at a price', () => {
    const content = new SeededRandom(4).text(100_000);
    for (const { deflate } of ENCODERS) {
      const packed = deflate(content, { ...USUAL, level: 9 });
      const fit = describeStream(coder, packed, content, toSettings({ ...USUAL, level: 1 }), {
        most: packed.length,
      });
      expect(fit?.mistakes).toBeGreaterThan(0);
      expect(fit?.corrections.length).toBeLessThan(packed.length);
      const rebuilt = fit && room.rebuild(content, fit, packed.length);
      expect(rebuilt && Buffer.compare(rebuilt, packed)).toBe(0);
    }
  });

  it('describes nothing that is damaged, and survives it', () => {
    const content = mixedContent(5, 20_000);
    const packed = (ENCODERS[0] as (typeof ENCODERS)[number]).deflate(content, USUAL);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { minLength: 1 }), (edits) => {
        const damaged = Uint8Array.from(packed);
        for (const [at, value] of edits) damaged[at] = value;
        const fit = describeStream(coder, damaged, content, toSettings(USUAL), { most: damaged.length });
        const rebuilt = fit && room.rebuild(content, fit, damaged.length);
        // A damaged stream of as many bytes is a stream, too: then it is rebuilt as damaged as it is.
        if (rebuilt !== undefined) expect(rebuilt.length).toBeLessThanOrEqual(damaged.length);
      }),
      { numRuns: 500, seed: 1 },
    );
    expect(
      describeStream(coder, packed.subarray(1), content, toSettings(USUAL), { most: 9999 }),
    ).toBeUndefined();
    expect(
      describeStream(coder, packed.subarray(0, -9), content, toSettings(USUAL), { most: 9999 }),
    ).toBeUndefined();
  });

  it('makes nothing longer than allowed from any corrections', () => {
    const content = mixedContent(6, 5_000);
    fc.assert(
      fc.property(options, fc.uint8Array({ maxLength: 600 }), fc.nat(6_000), (told, corrections, most) => {
        const rebuilt = room.rebuild(content, { settings: toSettings(told), corrections }, most);
        if (rebuilt !== undefined) expect(rebuilt.length).toBeLessThanOrEqual(most);
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it('proves the fit that was described last, or one before, and none that gives another stream', () => {
    const content = new SeededRandom(8).text(50_000);
    const { deflate } = ENCODERS[0] as Encoder;
    const packed = deflate(content, USUAL);
    const other = deflate(content, { ...USUAL, level: 1 });
    const proveOneOf = (levels: readonly number[], proved: Uint8Array): boolean => {
      coder.load(packed, content);
      const fits = levels.map((level) =>
        coder.describe(toSettings({ ...USUAL, level }), { most: packed.length }),
      );
      return coder.prove(fits[0] as DeflateFit, proved);
    };
    expect(proveOneOf([6], packed)).toBe(true);
    expect(proveOneOf([6, 9, 1], packed)).toBe(true);
    expect(proveOneOf([6], other)).toBe(false);
    expect(proveOneOf([6, 9], other)).toBe(false);
  });

  it('gives up on content that zlib would take for ever with', () => {
    // With so small a hash table, only every third byte's upper bits tell these positions apart: every chain is as long as any.
    const random = new SeededRandom(7);
    const content = new Uint8Array(2 ** 17).map(() => 32 * random.below(8));
    const settings = { ...toSettings({ ...USUAL, level: 9 }), hashBits: 8 };
    const description = { settings, corrections: new Uint8Array() };
    expect(room.rebuild(content, description, content.length)).toBeUndefined();
  });

  it('is quick where chains are long and matches end in rare bytes', () => {
    // zlib looks at 4,096 candidates at each of these positions, all of which fail in their last bytes.
    const random = new SeededRandom(7);
    const content = new Uint8Array(2 ** 16).map((_, i) => (i % 2 === 0 ? random.below(2) : 0));
    const packed = (ENCODERS[0] as Encoder).deflate(content, { ...USUAL, level: 9 });
    const settings = toSettings({ ...USUAL, level: 9 });
    const description = { settings, corrections: new Uint8Array() };
    expect(room.rebuild(content, description, packed.length)).toEqual(packed);
    expect(coder.rebuildWork).toBeLessThan(256 * content.length);
  });

  it('rebuilds with the work it says it took, and with no less', () => {
    fc.assert(
      fc.property(options, fc.integer(), fc.integer({ min: 1, max: 30_000 }), (told, seed, sizeBytes) => {
        const content = mixedContent(seed, sizeBytes);
        const packed = (ENCODERS[0] as Encoder).deflate(content, told);
        const bytes = packed.length;
        const fit = describeStream(coder, packed, content, toSettings(told), { most: bytes + 4096 });
        if (fit === undefined) throw new Error('a stream is not described');
        const { work } = fit;
        expect(coder.prove(fit, packed)).toBe(true);
        expect(work).toBeGreaterThan(0);
        expect(room.rebuild(content, fit, bytes, work)).toBeDefined();
        expect(coder.rebuildWork).toBe(work);
        expect(room.rebuild(content, fit, bytes, work - 1)).toBeUndefined();
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it.each(ENCODERS)('inflates every stream of $name, and says where it ends', (encoder) => {
    fc.assert(
      fc.property(options, fc.integer(), fc.integer({ min: 0, max: 60_000 }), (told, seed, sizeBytes) => {
        const content = mixedContent(seed, sizeBytes);
        const packed = encoder.deflate(content, told);
        const { laid, room: into } = room.lay(Buffer.concat([packed, content]), sizeBytes + 9);
        const found = coder.inflate(laid, into.subarray(0, sizeBytes));
        expect(found).toEqual({ packedBytes: packed.length, inflatedBytes: sizeBytes });
        expect(Buffer.compare(into.subarray(0, sizeBytes), content)).toBe(0);
        expect(into.subarray(sizeBytes)).toEqual(new Uint8Array(9));
      }),
      { numRuns: countRuns(encoder), seed: 4 },
    );
  });

  it('inflates damaged streams as zlib does, or not at all, and writes nothing behind its room', () => {
    const content = mixedContent(9, 20_000);
    const packed = (ENCODERS[0] as Encoder).deflate(content, USUAL);
    const edits = fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(edits, fc.nat(30_000), fc.nat(packed.length), (changes, most, cut) => {
        const damaged = packed.slice(0, cut % 3 === 0 ? cut : packed.length);
        for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
        const { laid, room: into } = room.lay(damaged, most + 32);
        const found = coder.inflate(laid, into.subarray(0, most));
        expect(into.subarray(most)).toEqual(new Uint8Array(32));
        const byZlib = inflateAhead(damaged, most);
        if (byZlib === undefined || found === undefined) return;
        expect(found).toEqual({ packedBytes: byZlib.packedBytes, inflatedBytes: byZlib.inflated.length });
        expect(Buffer.compare(into.subarray(0, found.inflatedBytes), byZlib.inflated)).toBe(0);
      }),
      { numRuns: 1_000, seed: 5 },
    );
  });

  it('works on after others wrote over its data', () => {
    const memory = createMemory();
    const shared = new DeflateCoder(memory);
    const content = mixedContent(10, 20_000);
    const packed = (ENCODERS[0] as Encoder).deflate(content, USUAL);
    new Uint8Array(memory.buffer).fill(0xa5, DEFLATE_DATA_AT);
    shared.renew();
    const fit = describeStream(shared, packed, content, toSettings(USUAL), { most: packed.length });
    expect(fit && shared.prove(fit, packed)).toBe(true);
  });
});
