import { describe, expect, it } from 'vitest';
import { COLLAPSE_WORK_MAX } from '../../containers/deflate-stream.ts';
import type { DescribedStream } from '../../containers/plan-expansion.ts';
import { USUAL_SETTINGS } from '../../containers/rank-settings.ts';
import { chooseSegmentLimits } from '../plan/segment-limits.ts';
import { chooseSegmentStreams } from './segment-streams.ts';

const PACKED_BYTES = 1000;
const LIMITS = chooseSegmentLimits(Infinity, 'default');

function streamAt(offset: number, inflatedBytes: number, work: number, share = 1): DescribedStream {
  return {
    kind: 'zip',
    pieces: [{ offset, sizeBytes: PACKED_BYTES }],
    packedBytes: PACKED_BYTES,
    inflatedBytes,
    description: { settings: USUAL_SETTINGS, corrections: new Uint8Array() },
    work,
    share,
  };
}

function choose(streams: readonly DescribedStream[], limits = LIMITS): readonly number[] {
  const newBytes = 100_000;
  const piece = {
    path: 'a',
    fileOffset: 0,
    length: newBytes,
    start: 0,
    fileBytes: newBytes,
    namesake: undefined,
  };
  return chooseSegmentStreams({ newBytes, pieces: [piece], limits }, () => streams).map(
    ({ pieces }) => pieces[0]?.offset ?? -1,
  );
}

describe('chooseSegmentStreams', () => {
  it('takes as many streams as a player may be asked to pack again, those that win most for what they grow by', () => {
    const half = COLLAPSE_WORK_MAX / 2;
    expect(choose([streamAt(0, 5000, half), streamAt(2000, 3000, half), streamAt(4000, 4000, half)])).toEqual(
      [2000, 4000],
    );
    expect(choose([streamAt(0, 5000, 1), streamAt(2000, 3000, half), streamAt(4000, 4000, half)])).toEqual([
      2000, 4000,
    ]);
    expect(
      choose([streamAt(0, 5000, half), streamAt(2000, 3000, half), streamAt(4000, 4000, half + 1)]),
    ).toEqual([0, 2000]);
  });

  it('takes what the old build knows most of first', () => {
    const half = COLLAPSE_WORK_MAX / 2;
    const [known, little] = [0.9, 0.1];
    expect(
      choose([
        streamAt(0, 3000, half, little),
        streamAt(2000, 5000, half, known),
        streamAt(4000, 5000, half, known),
      ]),
    ).toEqual([2000, 4000]);
  });

  it('expands no more than fits the memory of a thread', () => {
    const streams = [streamAt(0, 5000, 1), streamAt(2000, 3000, 1), streamAt(4000, 4000, 1)];
    expect(choose(streams, { ...LIMITS, expandedBytes: 105_000 })).toEqual([2000, 4000]);
    expect(choose(streams, { ...LIMITS, expandedBytes: 104_999 })).toEqual([2000]);
  });

  it('leaves streams that cross the border of the segment', () => {
    expect(choose([streamAt(99_500, 5000, 1), streamAt(99_000, 5000, 1)])).toEqual([99_000]);
  });
});
