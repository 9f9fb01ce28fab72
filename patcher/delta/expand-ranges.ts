import type { StreamPlace } from '../containers/expand-bytes.ts';
import type { OldRange } from '../formats/patch.ts';
import type { Rows } from '../formats/rows.ts';

/** No row of the old files: content of streams, which no address map is of. */
const NO_FILE = -1;

/**
 * What a segment's old ranges became when streams in them were expanded: the bytes between streams still lie in their
 * files, content lies in none.
 * @param places In order, counted in the ranges laid end to end.
 * @returns Ranges that lie end to end in the expanded bytes.
 */
export function expandRanges(ranges: Rows<OldRange>, places: readonly StreamPlace[]): Rows<OldRange> {
  if (places.length === 0) return ranges;
  const expanded: OldRange[] = [];
  let next = 0;
  let position = 0;
  /** Up to where the ranges are dealt with: a damaged segment may have a stream run over into the next range. */
  let from = 0;
  for (const { oldFile, offset, length } of ranges) {
    const end = position + length;
    for (let place = places[next]; place !== undefined && place.start < end; place = places[++next]) {
      expanded.push({ oldFile, offset: offset + from - position, length: place.start - from });
      const { expandedStart, expandedEnd } = place;
      expanded.push({ oldFile: NO_FILE, offset: 0, length: expandedEnd - expandedStart });
      from = place.end;
    }
    if (from < end) expanded.push({ oldFile, offset: offset + from - position, length: end - from });
    from = Math.max(from, end);
    position = end;
  }
  return expanded;
}
