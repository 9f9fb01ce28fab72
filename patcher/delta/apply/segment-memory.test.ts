import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countHeldBytes } from '../../formats/segment-demand.ts';
import { parseSegmentBody, type SegmentBody } from '../../formats/segment-body.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { AlignmentBuilder } from '../match/alignment.ts';
import type { Effort } from '../effort.ts';
import { encodeSegment } from '../make/encode-segment.ts';
import { type OldSide, readRows, SegmentMemory } from './segment-memory.ts';

const MIB = 2 ** 20;
/** Tables of all coders, margins, and what is left of the last page. */
const TABLES_BYTES = 25 * MIB + 2 ** 17;
/** What any memory begins with; pages that nothing is written to cost nothing. */
const LEAST_MEMORY_BYTES = 32 * MIB;
const EFFORTS: readonly Effort[] = ['fast', 'default', 'max'];

interface Case {
  readonly body: SegmentBody;
  readonly old: OldSide;
  readonly newBytes: Uint8Array;
}

/** New bytes of some rows of edited old bytes and of fresh bytes between them, coded. */
function makeCase(random: SeededRandom, effort: Effort): Case {
  const oldBytes = random.bytes(20_000 + random.below(20_000));
  const parts: Uint8Array[] = [];
  const rows = new AlignmentBuilder();
  let end = 0;
  for (let row = 0; row < 40; row++) {
    const gap = new Uint8Array(random.below(3) * random.below(60)).fill(random.below(256));
    const oldStart = random.below(oldBytes.length - 900);
    const bytes = Uint8Array.from(oldBytes.subarray(oldStart, oldStart + 1 + random.below(900)));
    for (let edit = random.below(9); edit > 0; edit--) bytes[random.below(bytes.length)] = random.below(256);
    rows.add(end + gap.length, oldStart, bytes.length);
    parts.push(gap, bytes);
    end += gap.length + bytes.length;
  }
  const newBytes = Uint8Array.from(Buffer.concat(parts));
  const expansion = { old: [], new: [] };
  const input = { newBytes, oldBytes, expansion, predict: () => undefined, alignment: rows.build(), effort };
  const body = parseSegmentBody(encodeSegment(input).body);
  if (body === undefined) throw new Error('an encoded segment can be parsed');
  const fill = (into: Uint8Array): [] => {
    into.set(oldBytes);
    return [];
  };
  return { body, newBytes, old: { sizeBytes: oldBytes.length, fill, addressMaps: new Map() } };
}

function make(memory: SegmentMemory, { body, old, newBytes }: Case): Uint8Array {
  const sizes = { newBytes: newBytes.length, oldBytes: old.sizeBytes };
  return memory.make(readRows(body, sizes), old, newBytes.length);
}

describe('the memory that segments are made in', () => {
  it('serves segments of all efforts and sizes in any order', () => {
    const random = new SeededRandom(71);
    const memory = new SegmentMemory();
    for (let run = 0; run < 30; run++) {
      const { body, old, newBytes } = makeCase(random, EFFORTS[random.below(EFFORTS.length)] as Effort);
      expect(Buffer.compare(make(memory, { body, old, newBytes }), newBytes)).toBe(0);
    }
  });

  it('makes the right bytes after a damaged segment', () => {
    const random = new SeededRandom(72);
    const memory = new SegmentMemory();
    for (const effort of EFFORTS) {
      const { body, old, newBytes } = makeCase(random, effort);
      const cut = { ...body, extra: body.extra.subarray(0, 1), differences: random.bytes(900) };
      try {
        make(memory, { body: cut, old, newBytes });
      } catch (error) {
        expect(error).toMatchObject({ code: 'PATCH_SEGMENT_DAMAGED' });
      }
      expect(Buffer.compare(make(memory, { body, old, newBytes }), newBytes)).toBe(0);
    }
  });

  it('refuses rows outside, unknown codings, and extra bytes that belong nowhere', () => {
    const memory = new SegmentMemory();
    const { body, old, newBytes } = makeCase(new SeededRandom(73), 'default');
    const none = new Uint8Array();
    const wrong: readonly SegmentBody[] = [
      { ...body, rowCount: body.rowCount + 1 },
      { ...body, differencesCoding: 9 },
      { ...body, extraCoding: 9 },
      { ...body, extra: Uint8Array.of(...body.extra, 0) },
      { ...body, extra: none },
    ];
    for (const each of wrong) {
      const oldSide = each.rowCount > body.rowCount ? { ...old, sizeBytes: 1, fill: () => [] } : old;
      expect(() => make(memory, { body: each, old: oldSide, newBytes })).toThrow(/damaged/);
    }
  });

  it('reaches no further than was counted for a segment, whatever is expanded', () => {
    const sizes = fc.record({
      seed: fc.nat(),
      oldBytes: fc.integer({ min: 1, max: 9 * MIB }),
      newBytes: fc.integer({ min: 1, max: 9 * MIB }),
      realOldBytes: fc.integer({ min: 0, max: 14 * MIB }),
      realNewBytes: fc.integer({ min: 0, max: 8 * MIB }),
      extraBytes: fc.integer({ min: 0, max: 4000 }),
      rowBytes: fc.integer({ min: 64, max: 5000 }),
      effort: fc.constantFrom(...EFFORTS),
      isHere: fc.boolean(),
    });
    fc.assert(
      fc.property(sizes, ({ seed, oldBytes, newBytes, realOldBytes, realNewBytes, effort, ...more }) => {
        const old = new SeededRandom(seed).bytes(4096);
        const oldSide = new Uint8Array(oldBytes).map((_, at) => old[at & 4095] as number);
        const alignment = new AlignmentBuilder();
        const made = new Uint8Array(newBytes);
        let at = Math.min(more.extraBytes, newBytes);
        made.set(new SeededRandom(seed + 1).bytes(at));
        const length = Math.min(more.rowBytes, oldBytes);
        for (; at + length <= newBytes; at += length) {
          alignment.add(at, 0, length);
          made.set(oldSide.subarray(0, length), at);
        }
        const expansion = { old: [], new: [] };
        const input = { newBytes: made, oldBytes: oldSide, expansion, predict: () => undefined, effort };
        const { body, demand } = encodeSegment({ ...input, alignment: alignment.build() });
        const memory = new SegmentMemory();
        const room = more.isHere ? memory.take(body.length) : new Uint8Array(body.length);
        room.set(body);
        const parsed = parseSegmentBody(room);
        if (parsed === undefined) throw new Error('an encoded segment can be parsed');
        const fill = (into: Uint8Array, packed: Uint8Array): [] => {
          packed.fill(1);
          into.set(oldSide);
          return [];
        };
        const side = { sizeBytes: oldBytes, packedBytes: realOldBytes, fill, addressMaps: new Map() };
        const read = readRows(parsed, { newBytes, oldBytes });
        const result = memory.make(read, side, newBytes, realNewBytes);
        expect(Buffer.compare(result, made)).toBe(0);
        memory.beside(realNewBytes).fill(2);
        expect(Buffer.compare(result, made)).toBe(0);
        const javaScriptBytes = read.rows.byteLength + (read.rows.length / 3 + 1) * 8;
        const countedBytes = countHeldBytes({ ...demand, realOldBytes });
        expect(memory.sizeBytes + javaScriptBytes).toBeLessThanOrEqual(
          Math.max(LEAST_MEMORY_BYTES + javaScriptBytes, countedBytes + TABLES_BYTES),
        );
      }),
      { numRuns: 24, seed: 74 },
    );
  });
});
