import { countHeldBytes, SEGMENT_HELD_BYTES_MAX, type SegmentDemand } from '../../formats/segment-demand.ts';

/** With fewer old bytes a body may grow. */
const FEWER_OLD_BYTES = 2 * 2 ** 20;

/**
 * Code a segment so that its readers get by with the memory they may take: from fewer old bytes, as long as it asks for more.
 * @param code Codes it from at most so many old bytes, and says what that asks of a reader.
 * @throws {RangeError} When it asks for more without any.
 */
export function codeWithinDemand<Coded extends { readonly demand: SegmentDemand }>(
  oldBytesMost: number,
  code: (oldBytesMost: number) => Coded,
): Coded {
  for (let most = oldBytesMost; ; ) {
    const coded = code(most);
    const excessBytes = countHeldBytes(coded.demand) - SEGMENT_HELD_BYTES_MAX;
    if (excessBytes <= 0) return coded;
    if (most === 0) throw new RangeError('a segment asks for more than its format allows');
    most = Math.max(0, coded.demand.oldBytes - excessBytes - FEWER_OLD_BYTES);
  }
}
