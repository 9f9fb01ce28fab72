import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { collapseBytes } from './collapse-bytes.ts';
import { readerOf } from './container-reader.ts';
import type { DeflateStream } from './deflate-stream.ts';
import { expandBytes } from './expand-bytes.ts';
import { ExpandedSpace } from './expanded-space.ts';
import { type Expansion, type PackedStream, type RebuiltStream, toPackedStreams } from './expansion.ts';
import { parseExpansion, serializeExpansion } from './expansion-format.ts';
import { type DescribedStream, type ExpansionOptions, planExpansion } from './plan-expansion.ts';
import { ZLIB_INFLATER } from './inflate-stream.ts';
import { CoderRoom } from './testing/coder-room.ts';
import { buildGzip, buildPng, buildZip } from './testing/container-samples.ts';

/** Of a player: the maker has other means to expand, which have to do the same. */
const room = new CoderRoom();
const random = new SeededRandom(1);
const texts = Array.from({ length: 6 }, (_, i) => random.text(4_000 * (i + 1)));
const rows = Array.from({ length: 120 }, () => random.text(300));
const LEVELS = [1, 3, 6, 6, 9, 9];

/** Files of a build: a zip with a PNG in it, a PNG, a gzip file, and one that is no container. */
function buildFiles(edit: (content: Uint8Array) => Uint8Array): readonly Uint8Array[] {
  const png = buildPng([...rows.slice(1), edit(rows[0] as Uint8Array)], 2_000);
  const members = texts.map((text, i) => ({
    name: `${i}.txt`,
    content: edit(text),
    level: LEVELS[i] as number,
  }));
  const zip = buildZip([...members, { name: 'a.png', content: png }]);
  return [zip, png, buildGzip(edit(texts[5] as Uint8Array), 'name'), new SeededRandom(9).bytes(5_000)];
}

function editStart(content: Uint8Array): Uint8Array {
  return Uint8Array.from(content, (byte, i) => (i < 8 ? byte ^ 1 : byte));
}

function worthFrom(leastWon: number): ExpansionOptions {
  return { leastAlike: leastWon, leastWon, leastWonCorrected: leastWon, bytesPerWork: 0 };
}

const oldFiles = buildFiles((content) => content);
const newFiles = buildFiles(editStart);
const plan = planExpansion(oldFiles.map(readerOf), newFiles.map(readerOf), worthFrom(0.2));

function toRebuilt(streams: readonly DescribedStream[]): RebuiltStream[] {
  const packed = toPackedStreams(streams);
  return streams.map(({ inflatedBytes, description }, row) => ({
    ...(packed[row] as (typeof packed)[number]),
    inflatedBytes,
    description,
  }));
}

function expand(file: Uint8Array, streams: readonly DeflateStream[]): Uint8Array {
  const { expandedBytes } = new ExpandedSpace(file.length, streams);
  const expanded = expandTo(file, toPackedStreams(streams), expandedBytes);
  if (expanded === undefined) throw new Error('a file could not be expanded');
  return expanded;
}

function expandTo(
  bytes: Uint8Array,
  streams: readonly PackedStream[],
  sizeBytes: number,
): Uint8Array | undefined {
  const expanded = new Uint8Array(sizeBytes);
  if (expandBytes(bytes, streams, expanded, ZLIB_INFLATER) === undefined) return undefined;
  const { laid, room: again } = room.lay(bytes, sizeBytes);
  expect(expandBytes(laid, streams, again, room.coder)).toBeDefined();
  expect(Buffer.compare(again, expanded)).toBe(0);
  return expanded;
}

function collapseTo(
  expanded: Uint8Array,
  streams: readonly RebuiltStream[],
  sizeBytes: number,
): Uint8Array | undefined {
  const { laid, room: collapsed } = room.lay(expanded, sizeBytes);
  return collapseBytes(laid, streams, collapsed, room.coder) ? collapsed.slice() : undefined;
}

const expansion: Expansion = {
  old: plan.old.flatMap((streams) => toPackedStreams(streams)),
  new: plan.new.flatMap(toRebuilt),
};

describe('planExpansion', () => {
  it('expands what changed a little, on both sides', () => {
    expect(plan.new.map(({ length }) => length)).toEqual([7, 1, 1, 0]);
    expect(plan.old.map(({ length }) => length)).toEqual([7, 1, 1, 0]);
  });

  it('leaves streams that are in both builds, and such that are like nothing old', () => {
    const readers = oldFiles.map(readerOf);
    expect(planExpansion(readers, readers, worthFrom(0)).new.flat()).toEqual([]);
    const other = new SeededRandom(99);
    const unlike = buildZip([{ name: 'a', content: other.text(20_000), level: 6 }]);
    expect(planExpansion(readers, [readerOf(unlike)], worthFrom(0.2)).new.flat()).toEqual([]);
    expect(planExpansion(readers, [readerOf(unlike)], worthFrom(0)).new.flat().length).toBe(1);
  });

  it('leaves what would win less than packing it again costs: empty ground, and what packs to next to nothing', () => {
    const ground = Array.from({ length: 200 }, () => new Uint8Array(300));
    const drawOn = (seed: number) => buildPng([...ground, new SeededRandom(seed).bytes(300)], 2_000);
    const line = new SeededRandom(3).text(300);
    const repeatLine = (title: string) =>
      buildGzip(Buffer.concat([Buffer.from(title), ...Array.from({ length: 200 }, () => line)]), 'log');
    for (const [before, after] of [
      [drawOn(1), drawOn(2)],
      [repeatLine('one'), repeatLine('two')],
    ] as const) {
      const choose = (leastWon: number) =>
        planExpansion([readerOf(before)], [readerOf(after)], worthFrom(leastWon)).new.flat();
      expect(choose(0.15)).toEqual([]);
      expect(choose(0)).toHaveLength(1);
    }
  });

  it('plans nothing for members that are not what their zip says', () => {
    const damaged = Uint8Array.from(newFiles[0] as Uint8Array);
    for (const { pieces } of plan.new[0] ?? []) {
      damaged.fill(0x55, (pieces[0]?.offset ?? 0) + 20, (pieces[0]?.offset ?? 0) + 22);
    }
    const planned = planExpansion(oldFiles.map(readerOf), [readerOf(damaged)], worthFrom(0));
    const expanded = expand(damaged, planned.new[0] ?? []);
    const again = collapseTo(expanded, toRebuilt(planned.new[0] ?? []), damaged.length);
    expect(again && Buffer.compare(again, damaged)).toBe(0);
  });
});

describe('expandBytes and collapseBytes', () => {
  it('give back every file bit by bit', () => {
    newFiles.forEach((file, i) => {
      const streams = plan.new[i] ?? [];
      const collapsed = collapseTo(expand(file, streams), toRebuilt(streams), file.length);
      expect(collapsed && Buffer.compare(collapsed, file)).toBe(0);
    });
  });

  it('take no more work than all streams together are allowed', () => {
    const file = newFiles[0] as Uint8Array;
    const streams = plan.new[0] ?? [];
    const work = streams.reduce((sum, stream) => sum + stream.work, 0);
    const expanded = expand(file, streams);
    const collapse = (most: number): boolean => {
      const { laid, room: collapsed } = room.lay(expanded, file.length);
      return collapseBytes(laid, toRebuilt(streams), collapsed, room.coder, most);
    };
    expect(collapse(work)).toBe(true);
    expect(collapse(work - 1)).toBe(false);
  });

  it('show how little changed', () => {
    const before = expand(oldFiles[0] as Uint8Array, plan.old[0] ?? []);
    const after = expand(newFiles[0] as Uint8Array, plan.new[0] ?? []);
    expect(after.length).toBe(before.length);
    const different = after.reduce((sum, byte, i) => sum + Number(byte !== before[i]), 0);
    // Eight bytes of each content, and checksums and sizes of the members.
    expect(different).toBeLessThan(400);
  });

  it('refuse streams that are not there, and results longer than allowed', () => {
    const file = newFiles[0] as Uint8Array;
    const streams = plan.new[0] ?? [];
    const expanded = expand(file, streams);
    expect(expandTo(file, toPackedStreams(streams), expanded.length - 1)).toBeUndefined();
    expect(expandTo(file.subarray(7), toPackedStreams(streams), expanded.length)).toBeUndefined();
    expect(collapseTo(expanded, toRebuilt(streams), file.length - 1)).toBeUndefined();
    expect(collapseTo(expanded.subarray(0, -1), toRebuilt(streams), file.length)).toBeUndefined();
  });
});

describe('parseExpansion', () => {
  it('reads what serializeExpansion wrote', () => {
    expect(parseExpansion(serializeExpansion(expansion))).toEqual({
      old: expansion.old,
      new: expansion.new.map((stream) => ({
        ...stream,
        description: { ...stream.description, corrections: Buffer.from(stream.description.corrections) },
      })),
    });
    expect(parseExpansion(serializeExpansion({ old: [], new: [] }))).toEqual({ old: [], new: [] });
  });

  it('refuses or survives any damage, and so does what is done with it', () => {
    const bytes = serializeExpansion(expansion);
    const file = newFiles[0] as Uint8Array;
    const { expandedBytes: expandedOldBytes } = new ExpandedSpace(
      oldFiles[0]?.length ?? 0,
      plan.old[0] ?? [],
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (edits, isCut) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, value] of edits) damaged[at] = value;
          let parsed: Expansion;
          try {
            parsed = parseExpansion(isCut ? damaged.subarray(0, edits[0]?.[0]) : damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            return;
          }
          const expanded = expandTo(oldFiles[0] as Uint8Array, parsed.old, expandedOldBytes) ?? file;
          const collapsed = collapseTo(expanded, parsed.new, file.length);
          expect([undefined, file.length]).toContain(collapsed?.length);
        },
      ),
      { numRuns: 400, seed: 1 },
    );
  });
});

describe('ExpandedSpace', () => {
  const file = newFiles[0] as Uint8Array;
  const streams = plan.new[0] ?? [];
  const space = new ExpandedSpace(file.length, streams);
  const expanded = expand(file, streams);

  it('covers any stretch with whole streams, which alone expand to it', () => {
    fc.assert(
      fc.property(fc.nat(space.expandedBytes - 1), fc.nat(30_000), (start, most) => {
        const length = Math.min(most, space.expandedBytes - start);
        const { real, expanded: covered, firstStream, endStream } = space.cover({ start, length });
        expect(covered.start).toBeLessThanOrEqual(start);
        expect(covered.start + covered.length).toBeGreaterThanOrEqual(start + length);
        const part = file.subarray(real.start, real.start + real.length);
        const inside = toPackedStreams(streams.slice(firstStream, endStream), real.start);
        const result = expandTo(part, inside, covered.length);
        const wanted = expanded.subarray(covered.start, covered.start + covered.length);
        expect(result && Buffer.compare(result, wanted)).toBe(0);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('divides any stretch into what lies in streams and what does not', () => {
    for (let start = 0; start + 5_000 <= space.expandedBytes; start += 397) {
      const stretch = { start, length: 5_000 };
      const outside = [...space.outsideStreams(stretch)];
      const inside = [...space.insideStreams(stretch)];
      const bytes = [...outside, ...inside].reduce((sum, { length }) => sum + length, 0);
      expect(bytes).toBe(stretch.length);
      for (const { start: real, expandedStart, length } of outside) {
        const [packed, content] = [file.subarray(real, real + length), expanded.subarray(expandedStart)];
        expect(Buffer.compare(packed, content.subarray(0, length))).toBe(0);
      }
    }
  });

  it('finds real positions in the expanded bytes', () => {
    for (let position = 0; position < file.length; position += 97) {
      const at = space.toExpanded(position);
      const { real } = space.cover({ start: at, length: 0 });
      if (real.length === 0 && real.start === position) expect(expanded[at]).toBe(file[position]);
      else expect(real.start).toBeLessThanOrEqual(position);
    }
  });
});
