import { describe, expect, it } from 'vitest';
import { expandRanges } from './expand-ranges.ts';

const RANGES = [
  { oldFile: 3, offset: 100, length: 50 },
  { oldFile: 5, offset: 7, length: 20 },
];

describe('expandRanges', () => {
  it('leaves ranges without streams as they are', () => {
    expect(expandRanges(RANGES, [])).toBe(RANGES);
  });

  it('cuts ranges at streams, whose content is of no file', () => {
    const places = [
      { start: 10, end: 30, expandedStart: 10, expandedEnd: 90 },
      { start: 50, end: 70, expandedStart: 110, expandedEnd: 160 },
    ];
    expect(expandRanges(RANGES, places)).toEqual([
      { oldFile: 3, offset: 100, length: 10 },
      { oldFile: -1, offset: 0, length: 80 },
      { oldFile: 3, offset: 130, length: 20 },
      { oldFile: 5, offset: 7, length: 0 },
      { oldFile: -1, offset: 0, length: 50 },
    ]);
  });

  it('goes on in the next range behind a stream that runs over into it', () => {
    expect(expandRanges(RANGES, [{ start: 40, end: 60, expandedStart: 40, expandedEnd: 45 }])).toEqual([
      { oldFile: 3, offset: 100, length: 40 },
      { oldFile: -1, offset: 0, length: 5 },
      { oldFile: 5, offset: 17, length: 10 },
    ]);
  });
});
