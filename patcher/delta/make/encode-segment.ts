import type { Expansion } from '../../containers/expansion.ts';
import { serializeExpansion } from '../../containers/expansion-format.ts';
import type { PredictedBytes } from '../../executables/predict-old-bytes.ts';
import {
  SEGMENT_EXPANDED_NEW_BYTES_MAX,
  SEGMENT_OLD_BYTES_MAX,
  SEGMENT_PACKED_BYTES_MAX,
  SEGMENT_ROWS_MAX,
} from '../../formats/patch.ts';
import { type ExpandedParts, serializeSegmentBody } from '../../formats/segment-body.ts';
import type { SegmentDemand } from '../../formats/segment-demand.ts';
import { compressFrame } from '../../formats/zstd-frame.ts';
import type { DifferencesLevel } from '../../kernels/differences/differences-coder.ts';
import { encodeRows, type RowTriples } from '../../kernels/rows/rows-coder.ts';
import { throwIfStopped } from '../../threads/stop-flag.ts';
import { refineRows } from '../match/refine-rows.ts';
import type { Alignment } from '../match/alignment.ts';
import type { Effort } from '../effort.ts';
import { encodeExtra } from './extra-coding.ts';
import {
  countAlignedBytes,
  gatherMarks,
  gatherNew,
  gatherOld,
  listTouched,
  toRowTriples,
} from '../match/row-triples.ts';
import { DIFFERENCES_CODING } from '../segment-coding.ts';
import { segmentCoders } from './segment-coders.ts';

/**
 * Better guesses of the new bytes than the old ones are, of the same length, good until the next call; `undefined` where there are none.
 * @param touched What {@link listTouched} says, to predict these blocks alone.
 */
export type Predict = (touched?: Uint8Array) => PredictedBytes | undefined;

/** Everything a segment is made of, in memory. */
export interface SegmentInput {
  /** With the streams of the expansion expanded. */
  readonly newBytes: Uint8Array;
  /** The segment's old ranges laid end to end, with the streams of the expansion expanded. */
  readonly oldBytes: Uint8Array;
  readonly expansion: Expansion;
  /** Better guesses of the new bytes than the old ones are, of the same length, where there are any. */
  readonly predict: Predict;
  /** `oldStart` counts in `oldBytes`; at most `SEGMENT_ROWS_MAX` rows. */
  readonly alignment: Alignment;
  readonly effort: Effort;
}

const DIFFERENCES_LEVEL = { fast: 'quick', default: 'quick', max: 'full' } as const satisfies Record<
  Effort,
  DifferencesLevel
>;

/** A coded segment, and what it asks of a reader beside what its old ranges say. */
export interface EncodedSegment {
  readonly body: Uint8Array;
  readonly demand: Omit<SegmentDemand, 'realOldBytes'>;
}

/** Code a segment's body. The same input gives the same bytes everywhere. */
export function encodeSegment(input: SegmentInput): EncodedSegment {
  const { newBytes, oldBytes, effort } = input;
  const prediction = input.predict();
  const rows = fitRows(input, prediction);
  const codedRows = encodeRows(rows);
  const better = prediction && isBetterGuess(rows, prediction.predicted, input) ? prediction : undefined;
  const { level, coded, touchedOnly } = encodeDifferences(rows, input, better);
  throwIfStopped();
  const guess = better === undefined ? oldBytes : better.predicted;
  const extra = encodeExtra({ newBytes, rows, oldBytes: guess }, effort);
  const raw = listsStreams(input) ? serializeExpansion(input.expansion) : undefined;
  const expansion = raw && packExpansion(raw, input);
  const body = serializeSegmentBody({
    rowCount: rows.length / 3,
    rows: codedRows,
    predicted: better !== undefined,
    touchedOnly,
    differencesCoding: coded.length === 0 ? 0 : DIFFERENCES_CODING[level],
    differences: coded,
    extraCoding: extra.coding,
    extra: extra.bytes,
    expanded: expansion,
  });
  if (!isWithinLimits(input) || body.length > SEGMENT_PACKED_BYTES_MAX) {
    throw new RangeError('a segment is larger than its format allows');
  }
  const demand = {
    oldBytes: oldBytes.length,
    newBytes: newBytes.length,
    bodyBytes: body.length,
    rowCount: rows.length / 3,
    expansionBytes: raw?.length ?? 0,
  };
  return { body, demand };
}

/** Rows fitted to what is predicted, unless they become too many. */
function fitRows({ newBytes, alignment }: SegmentInput, prediction: PredictedBytes | undefined): RowTriples {
  const found = toRowTriples(alignment);
  if (prediction === undefined) return found;
  const fitted = refineRows(found, prediction.predicted, newBytes);
  return fitted.length <= 3 * SEGMENT_ROWS_MAX ? fitted : found;
}

/** Some kilobytes: the highest level costs nothing. */
const EXPANSION_ZSTD_LEVEL = 19;

function listsStreams({ expansion }: SegmentInput): boolean {
  return expansion.old.length + expansion.new.length > 0;
}

function packExpansion(raw: Uint8Array, { newBytes, oldBytes }: SegmentInput): ExpandedParts {
  const packed = compressFrame(raw, { level: EXPANSION_ZSTD_LEVEL, checksum: false });
  return { oldBytes: oldBytes.length, newBytes: newBytes.length, packed };
}

function isWithinLimits({ newBytes, oldBytes }: SegmentInput): boolean {
  return newBytes.length <= SEGMENT_EXPANDED_NEW_BYTES_MAX && oldBytes.length <= SEGMENT_OLD_BYTES_MAX;
}

interface CodedDifferences {
  readonly level: DifferencesLevel;
  readonly coded: Uint8Array;
  /** Whether they are differences from a prediction of touched blocks. */
  readonly touchedOnly: boolean;
}

/**
 * Code what differs from the guess, or from the old bytes. Quick differences are of touched blocks: to predict others would only
 * take time. At the full level what lies elsewhere is a model of the extra bytes.
 */
function encodeDifferences(
  rows: RowTriples,
  { newBytes, oldBytes, predict, effort }: SegmentInput,
  better: PredictedBytes | undefined,
): CodedDifferences {
  const level = DIFFERENCES_LEVEL[effort];
  const touchedOnly = better !== undefined && level === 'quick';
  const guess = touchedOnly ? predict(listTouched(rows, oldBytes.length)) : better;
  const coder = segmentCoders().differences;
  const room = coder.encodingRoom(countAlignedBytes(rows), guess !== undefined);
  gatherOld(rows, guess?.predicted ?? oldBytes, room.predicted);
  gatherNew(rows, newBytes, room.actual);
  if (guess !== undefined) gatherMarks(rows, guess.marks, room.marks);
  return { level, coded: coder.encodeLaid(room, level), touchedOnly };
}

/** Of each row's bytes, one stretch in so many is compared: enough to tell which guess is better. */
const SAMPLE_STEP = 16;
const SAMPLE_BYTES = 128;

/** Whether more of the new bytes are as guessed than are as the old ones. */
function isBetterGuess(
  rows: RowTriples,
  guess: Uint8Array,
  { newBytes, oldBytes }: Pick<SegmentInput, 'newBytes' | 'oldBytes'>,
): boolean {
  let gain = 0;
  let aligned = 0;
  for (let row = 0; row < rows.length; row += 3) {
    const newStart = rows[row] as number;
    const oldStart = rows[row + 1] as number;
    const length = rows[row + 2] as number;
    const first = -aligned % (SAMPLE_STEP * SAMPLE_BYTES);
    for (let start = first; start < length; start += SAMPLE_STEP * SAMPLE_BYTES) {
      const end = Math.min(length, start + SAMPLE_BYTES);
      for (let at = Math.max(0, start); at < end; at++) {
        const value = newBytes[newStart + at];
        if (guess[oldStart + at] === value) gain++;
        if (oldBytes[oldStart + at] === value) gain--;
      }
    }
    aligned += length;
  }
  return gain > 0;
}
