/** What one segment asks of whoever makes it. */
export interface SegmentDemand {
  /** Both sides, with streams expanded. */
  readonly oldBytes: number;
  readonly newBytes: number;
  /** What the old bytes are expanded from; 0 where nothing is. */
  readonly realOldBytes: number;
  readonly bodyBytes: number;
  readonly rowCount: number;
  /** The expansion's length, unpacked; 0 where there is none. */
  readonly expansionBytes: number;
}

/** Most old and new bytes of one segment together, expanded: what the largest have that expand nothing. */
export const SEGMENT_SIDES_BYTES_MAX = 24 * 2 ** 20;
/**
 * Most that a segment may ask for by {@link countHeldBytes}: with tables of 22.5 MiB, Node and the program that is what 128
 * MiB leave. Segments of real games ask for up to 28.
 */
export const SEGMENT_HELD_BYTES_MAX = 30 * 2 ** 20;

/** A row is held twice as three numbers of 32 bits, once more while it is read, and so is the gap behind it, as two. */
const ROW_BYTES = 3 * 12 + 2 * 8;
/** An expansion is unpacked in pieces that are joined, and its streams are then objects. */
const EXPANSION_TIMES = 4;

/** How many bytes are held at once to make a segment, beside what the coders hold for any. */
export function countHeldBytes(demand: SegmentDemand): number {
  const { oldBytes, newBytes, realOldBytes, bodyBytes, rowCount, expansionBytes } = demand;
  // What is expanded lies where the new bytes will.
  const sidesBytes = oldBytes + Math.max(newBytes, realOldBytes);
  return sidesBytes + bodyBytes + ROW_BYTES * rowCount + EXPANSION_TIMES * expansionBytes;
}

/** How long an unpacked expansion may be for a segment that asks for so much without. */
export function expansionBytesMost(demand: Omit<SegmentDemand, 'expansionBytes'>): number {
  const leftBytes = SEGMENT_HELD_BYTES_MAX - countHeldBytes({ ...demand, expansionBytes: 0 });
  return Math.max(0, Math.floor(leftBytes / EXPANSION_TIMES));
}

export function isAllowedDemand(demand: SegmentDemand): boolean {
  return (
    demand.oldBytes + demand.newBytes <= SEGMENT_SIDES_BYTES_MAX &&
    countHeldBytes(demand) <= SEGMENT_HELD_BYTES_MAX
  );
}
