import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeflateStream } from '../../containers/deflate-stream.ts';
import { ExpandedSpace } from '../../containers/expanded-space.ts';
import { SEGMENT_OLD_BYTES_MAX } from '../../formats/patch.ts';
import { joinSpans } from '../plan/old-space.ts';
import { AlignmentBuilder } from './alignment.ts';
import { planOldReads } from './old-reads.ts';
import { toRealRows } from './real-rows.ts';

const MEBIBYTE = 2 ** 20;
const APART_BYTES = 200_000;

/** Streams of 1 MiB with 4 MiB of content each, so far apart that no two are read in one go. */
function makeStreams(count: number): DeflateStream[] {
  return Array.from({ length: count }, (_, row) => ({
    kind: 'zip' as const,
    pieces: [{ offset: APART_BYTES + row * (MEBIBYTE + APART_BYTES), sizeBytes: MEBIBYTE }],
    packedBytes: MEBIBYTE,
    inflatedBytes: 4 * MEBIBYTE,
  }));
}

const STREAMS = makeStreams(10);
const SPACE = new ExpandedSpace(20 * MEBIBYTE, STREAMS);

function contentStart(row: number): number {
  return SPACE.toExpanded(STREAMS[row]?.pieces[0]?.offset ?? 0);
}

/** One row in each stream, of so many bytes. */
function alignWith(lengths: readonly number[]) {
  const rows = new AlignmentBuilder();
  let newStart = 0;
  lengths.forEach((length, row) => {
    rows.add(newStart, contentStart(row) + 1000, length);
    newStart += length + 10;
  });
  return rows.build();
}

describe('planOldReads', () => {
  it('reads in one go what lies close together, of few rows and of many', () => {
    const plain = new ExpandedSpace(20 * MEBIBYTE, []);
    const row = fc.tuple(fc.nat(4 * MEBIBYTE), fc.integer({ min: 1, max: 90_000 }));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 90 }), fc.nat(120), (found, near) => {
        const spans = [...found, ...Array.from({ length: near }, (_, at) => [at * 50_001, 40] as const)];
        const rows = new AlignmentBuilder();
        let newStart = 0;
        for (const [start, length] of spans) {
          rows.add(newStart, start, length);
          newStart += length + 1;
        }
        const joined = joinSpans(
          spans.map(([start, length]) => ({ start, length })),
          2 ** 16,
        );
        const { stretches } = planOldReads(rows.build(), plain);
        expect(stretches.map(({ real }) => real)).toEqual(joined);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('reads streams whole', () => {
    const { stretches, alignment } = planOldReads(alignWith([100, 200]), SPACE);
    expect(alignment.count).toBe(2);
    expect(stretches.map(({ real }) => real)).toEqual(
      STREAMS.slice(0, 2).map(({ pieces }) => ({ start: pieces[0]?.offset, length: MEBIBYTE })),
    );
    expect(stretches.map(({ expanded }) => expanded.length)).toEqual([4 * MEBIBYTE, 4 * MEBIBYTE]);
  });

  it('gives up the streams of which least is used where not all may be expanded', () => {
    const lengths = STREAMS.map((_, row) => (row % 3 === 0 ? 2 * MEBIBYTE : 100));
    const { stretches, alignment } = planOldReads(alignWith(lengths), SPACE);
    expect([...alignment.length]).toEqual(lengths.filter((length) => length > 100));
    const expandedBytes = stretches.reduce((sum, { expanded }) => sum + expanded.length, 0);
    expect(expandedBytes).toBeLessThanOrEqual(SEGMENT_OLD_BYTES_MAX);
  });

  it('stays within the bound on real bytes without streams', () => {
    const plain = new ExpandedSpace(64 * MEBIBYTE, []);
    const rows = new AlignmentBuilder();
    for (let row = 0; row < 500; row++) rows.add(row * 1100, row * 60_000, 1000);
    const { stretches, alignment } = planOldReads(rows.build(), plain);
    expect(alignment.count).toBe(500);
    expect(stretches.reduce((sum, { real }) => sum + real.length, 0)).toBeLessThanOrEqual(
      SEGMENT_OLD_BYTES_MAX,
    );
  });
});

describe('toRealRows', () => {
  it('keeps what lies in no stream on either side', () => {
    const rows = new AlignmentBuilder();
    // Fifty bytes before the first stream, all of its content, fifty bytes behind.
    rows.add(1000, contentStart(0) - 50, 100 + 4 * MEBIBYTE);
    const real = toRealRows(rows.build(), new ExpandedSpace(10 * MEBIBYTE, []), SPACE);
    const end = APART_BYTES + MEBIBYTE;
    expect(
      Array.from({ length: real.count }, (_, row) => [
        real.newStart[row],
        real.oldStart[row],
        real.length[row],
      ]),
    ).toEqual([
      [1000, APART_BYTES - 50, 50],
      [1050 + 4 * MEBIBYTE, end, 50],
    ]);
    const same = toRealRows(rows.build(), SPACE, new ExpandedSpace(64 * MEBIBYTE, []));
    expect(same.count).toBe(1);
    expect(same.newStart[0]).toBe(1000);
    expect(same.length[0]).toBe(APART_BYTES - 1000);
  });
});
