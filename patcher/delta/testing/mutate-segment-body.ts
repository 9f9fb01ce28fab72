import {
  type ExpandedParts,
  parseSegmentBody,
  type SegmentBody,
  serializeSegmentBody,
} from '../../formats/segment-body.ts';
import { compressFrame, decompressFrame } from '../../formats/zstd-frame.ts';
import type { SeededRandom } from '../../testing/random-bytes.ts';
import { mutateBytes } from './mutate-bytes.ts';

const STREAMS = ['rows', 'differences', 'extra'] as const;

/** Change one number or stream of a segment's body, and leave the rest as it is. */
export function mutateSegmentBody(body: Uint8Array, donor: Uint8Array, random: SeededRandom): Uint8Array {
  const parts = parseOwnBody(body);
  const { expanded } = parts;
  if (expanded !== undefined && random.below(3) === 0) {
    return serializeSegmentBody({ ...parts, expanded: mutateExpanded(expanded, random, donor) });
  }
  switch (random.below(8)) {
    case 0:
      parts.rowCount = nextCount(parts.rowCount, random);
      break;
    case 1:
      parts.differencesCoding = random.below(4);
      break;
    case 2:
      parts.extraCoding = random.below(4);
      break;
    case 3:
      if (random.below(2) === 0) parts.predicted = !parts.predicted;
      else parts.touchedOnly = !parts.touchedOnly;
      break;
    default: {
      const stream = STREAMS[random.below(STREAMS.length)] as (typeof STREAMS)[number];
      parts[stream] = mutateBytes(parts[stream], random, parseOwnBody(donor)[stream]);
    }
  }
  return serializeSegmentBody(parts);
}

function mutateExpanded(parts: ExpandedParts, random: SeededRandom, donor: Uint8Array): ExpandedParts {
  const { oldBytes, newBytes, packed } = parts;
  switch (random.below(8)) {
    case 0:
      return { ...parts, oldBytes: nextCount(oldBytes, random) };
    case 1:
      return { ...parts, newBytes: nextCount(newBytes, random) };
    case 2:
      return { ...parts, packed: mutateBytes(packed, random, donor) };
    default: {
      const raw = decompressFrame(packed, { outputBytesMax: 2 ** 20, windowLogMax: 25 });
      const mutated = mutateBytes(raw, random, donor);
      return { ...parts, packed: compressFrame(mutated, { level: 1, checksum: false }) };
    }
  }
}

type MutableBody = { -readonly [Part in keyof SegmentBody]: SegmentBody[Part] };

/** @param body As a patch has it, undamaged. */
function parseOwnBody(body: Uint8Array): MutableBody {
  const parts = parseSegmentBody(body);
  if (parts === undefined) throw new Error('the body to tamper with is damaged already');
  return { ...parts };
}

function nextCount(count: number, random: SeededRandom): number {
  const choices = [
    0,
    count + 1,
    Math.max(0, count - 1),
    random.below(2 ** 20),
    2 ** 20,
    2 ** random.below(32),
  ];
  return choices[random.below(choices.length)] as number;
}
