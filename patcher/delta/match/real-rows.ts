import type { ExpandedSpace } from '../../containers/expanded-space.ts';
import { type Alignment, AlignmentBuilder } from './alignment.ts';

/** The parts of rows that lie in no stream on either side, counted in real bytes. */
export function toRealRows(
  alignment: Alignment,
  newSpace: ExpandedSpace,
  oldSpace: ExpandedSpace,
): Alignment {
  const rows = new AlignmentBuilder();
  for (let row = 0; row < alignment.count; row++) {
    const newStart = alignment.newStart[row] as number;
    const shift = (alignment.oldStart[row] as number) - newStart;
    const stretch = { start: newStart, length: alignment.length[row] as number };
    for (const fresh of newSpace.outsideStreams(stretch)) {
      const old = { start: fresh.expandedStart + shift, length: fresh.length };
      for (const { expandedStart, start, length } of oldSpace.outsideStreams(old)) {
        rows.add(fresh.start + expandedStart - old.start, start, length);
      }
    }
  }
  return rows.build();
}
