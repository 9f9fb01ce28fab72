import type { AddressMap } from '../../executables/address-map.ts';
import type { OldRange } from '../../formats/patch.ts';
import type { Rows } from '../../formats/rows.ts';
import type { SegmentBody } from '../../formats/segment-body.ts';
import {
  DIFFERENCES_PADDING_BYTES,
  DifferencesCoder,
  type DifferencesLevel,
} from '../../kernels/differences/differences-coder.ts';
import { DeflateCoder } from '../../kernels/deflate/deflate-coder.ts';
import { ExtraDecoder } from '../../kernels/extra/extra-coder.ts';
import {
  ExtraMixingCoder,
  MIXING_MARGIN_BYTES,
  MIXING_TABLES_END,
} from '../../kernels/extra-mixing/extra-mixing-coder.ts';
import { createMemory, growMemory } from '../../kernels/load-kernel.ts';
import { RowCopies } from '../../kernels/row-copies/row-copies.ts';
import { decodeRows, type RowTriples } from '../../kernels/rows/rows-coder.ts';
import { damaged } from '../delta-errors.ts';
import { predictInPlace, RangePredictors } from '../predict-ranges.ts';
import { countAlignedBytes, listGaps, listTouched, ROW_START_MARK } from '../match/row-triples.ts';
import { DIFFERENCES_CODING, EXTRA_CODING } from '../segment-coding.ts';
import type { BytesRoom } from './reusable-bytes.ts';

/** A segment's old side. */
export interface OldSide {
  readonly sizeBytes: number;
  /** Of what it is expanded from, if it is: room for that comes with `fill`. */
  readonly packedBytes?: number;
  /** Fill `into`, of `sizeBytes`. @returns The ranges that its bytes consist of. Throws when they cannot be had. */
  readonly fill: (into: Uint8Array, packed: Uint8Array) => Rows<OldRange>;
  readonly addressMaps: ReadonlyMap<number, AddressMap>;
}

/** A segment whose rows have been read. */
export interface ReadSegment {
  readonly body: SegmentBody;
  readonly rows: RowTriples;
}

/**
 * @param sizes How long both sides are, expanded.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED` when a row lies outside either.
 */
export function readRows(
  body: SegmentBody,
  sizes: { readonly newBytes: number; readonly oldBytes: number },
): ReadSegment {
  const rows = decodeRows(body.rows, { rowCount: body.rowCount, ...sizes });
  if (rows === undefined) throw damaged('it points outside its bytes');
  return { body, rows };
}

/** An old side that has been filled in. */
type FilledSide = OldSide & { readonly ranges: Rows<OldRange> };

/**
 * Behind the kernels' fixed data. What lies here takes turns: marks of the old bytes, data of the differences coder with
 * marks of the rows behind it, tables of a coder of extra bytes.
 */
const SCRATCH = { start: 2 ** 16, end: MIXING_TABLES_END } as const;
/**
 * Where {@link SegmentMemory.beside} ends when it is no longer over the old bytes: nothing lies there any more then, tables of
 * coders of extra bytes did, and 8 MiB before it the deflate coder's data and what it joins end.
 */
const BESIDE_END = 22.5 * 2 ** 20;
/** Of the body that is being made. */
const BODY_AT = SCRATCH.end;
/** What kernels may read, or write, behind coded bytes. */
const SLACK_BYTES = 64;

/** Addresses of one segment's parts. */
interface Places {
  readonly differences: Part;
  readonly extra: Part;
  readonly oldAt: number;
  /** Right behind the old bytes. */
  readonly newAt: number;
  readonly newBytes: number;
  readonly rowsAt: number;
  readonly gapsAt: number;
  readonly end: number;
}

/** Coded bytes of a body. */
interface Part {
  readonly at: number;
  readonly length: number;
}

/**
 * Makes segments in one memory that all kernels share, so that nothing is copied between them: the body is read into it,
 * old bytes are, laid end to end where the new bytes begin, corrected, spread over the rows, and the gaps between filled. It
 * keeps the largest segment's body, old and new bytes and up to 25 MiB.
 */
export class SegmentMemory implements BytesRoom {
  readonly #memory = createMemory();
  readonly #differences = new DifferencesCoder(this.#memory);
  readonly #copies = new RowCopies(this.#memory);
  readonly #predictors = new RangePredictors(this.#memory);
  #extra: ExtraDecoder | undefined;
  #deflate: DeflateCoder | undefined;
  #besideAt = 0;
  /** Behind what was written over the differences coder's data. */
  #writtenEnd = 0;

  /** Room for the body of the segment that is made next: nothing is copied of one that lies here. */
  take(length: number): Uint8Array<ArrayBuffer> {
    growMemory(this.#memory, BODY_AT + length);
    return this.#view(BODY_AT, length);
  }

  /**
   * @param rows Those of {@link readRows}.
   * @param besideBytes How many bytes {@link beside} shall give room for.
   * @returns The new bytes, good until the next call.
   * @throws {AppError} `PATCH_SEGMENT_DAMAGED` where the body contradicts itself; what filling in the old side throws.
   */
  make(
    { body, rows }: ReadSegment,
    old: OldSide,
    newBytes: number,
    besideBytes = 0,
  ): Uint8Array<ArrayBuffer> {
    const places = this.#lay(body, rows, old, newBytes);
    this.#besideAt = besideBytes <= old.sizeBytes ? places.oldAt : BESIDE_END - besideBytes;
    // What old bytes are expanded from lies where nothing else lies yet.
    const packed = this.#view(places.newAt, old.packedBytes ?? 0);
    const ranges = old.fill(this.#view(places.oldAt, old.sizeBytes), packed);
    new Uint32Array(this.#memory.buffer, places.rowsAt, rows.length).set(rows);
    this.#makeRows(body, rows, places, { ...old, ranges });
    const gaps = listGaps(rows, newBytes);
    if (gaps.length > 0 || places.extra.length > 0) this.#fillGaps(body, { rows, gaps }, places);
    return this.#view(places.newAt, newBytes);
  }

  /** Room beside the new bytes just made, as much as was asked for, good until the next call of {@link make}. */
  beside(length: number): Uint8Array<ArrayBuffer> {
    return this.#view(this.#besideAt, length);
  }

  /** How far the memory reaches; of what lies below, pages that nothing was written to cost nothing. */
  get sizeBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** A coder for bytes that lie here; good while an old side is filled in, and once the new bytes are made. */
  deflateCoder(): DeflateCoder {
    this.#deflate ??= new DeflateCoder(this.#memory);
    // Its data lies where tables of others were meanwhile.
    this.#deflate.renew();
    return this.#deflate;
  }

  #lay(body: SegmentBody, rows: RowTriples, old: OldSide, newBytes: number): Places {
    const { differences, extra } = this.#layBody(body);
    const oldAt = align(extra.at + extra.length + SLACK_BYTES) + MIXING_MARGIN_BYTES;
    const newAt = oldAt + old.sizeBytes;
    const rowsAt = align(newAt + newBytes + MIXING_MARGIN_BYTES);
    const gapsAt = align(rowsAt + rows.byteLength);
    const end = align(gapsAt + (rows.length / 3 + 1) * 2 * Uint32Array.BYTES_PER_ELEMENT);
    growMemory(this.#memory, Math.max(end, newAt + (old.packedBytes ?? 0)));
    return { differences, extra, oldAt, newAt, newBytes, rowsAt, gapsAt, end };
  }

  /** Where a body's parts lie: where they are, if that is {@link take}'s room, else there. */
  #layBody({ differences, extra }: SegmentBody): { readonly differences: Part; readonly extra: Part } {
    const isHere = extra.buffer === this.#memory.buffer;
    const differencesAt = isHere ? differences.byteOffset : BODY_AT;
    const extraAt = isHere ? extra.byteOffset : BODY_AT + differences.length;
    if (!isHere) {
      const room = this.take(differences.length + extra.length);
      room.set(differences);
      room.set(extra, differences.length);
    }
    return {
      differences: { at: differencesAt, length: differences.length },
      extra: { at: extraAt, length: extra.length },
    };
  }

  #makeRows(body: SegmentBody, rows: RowTriples, places: Places, old: FilledSide): void {
    const { oldAt, newAt, differences } = places;
    const length = countAlignedBytes(rows);
    const placed = { at: places.rowsAt, count: rows.length / 3 };
    const oldMarksAt = body.predicted
      ? this.#predict(old, places, body.touchedOnly ? rows : undefined)
      : undefined;
    this.#copies.gather(placed, oldAt, newAt);
    let marksAt: number | undefined;
    if (oldMarksAt !== undefined) {
      marksAt = this.#placeRowMarks(body, length, old.sizeBytes, { ...places, oldMarksAt });
      this.#copies.gather(placed, oldMarksAt, marksAt);
      this.#copies.markStarts(placed, marksAt, ROW_START_MARK);
    }
    if (body.differencesCoding !== 0) {
      const level = levelOf(body.differencesCoding);
      this.#differences.renew(this.#writtenEnd);
      this.#writtenEnd = 0;
      const coded = this.#view(differences.at, differences.length);
      this.#differences.decodeAt({ at: newAt, length, marksAt, codedAt: differences.at }, { coded, level });
    }
    this.#copies.spread(placed, newAt, length);
  }

  /** Rewrite the references in the old bytes, or in those that rows touch. @returns Where the marks of the old bytes lie. */
  #predict(
    { ranges, addressMaps, sizeBytes }: FilledSide,
    { oldAt, end }: Places,
    rows?: RowTriples,
  ): number {
    const marksAt = SCRATCH.start + sizeBytes <= SCRATCH.end ? SCRATCH.start : end;
    const mapsAt = marksAt < end ? end : marksAt + sizeBytes;
    const mapsEnd = this.#predictors.lay(new Set(addressMaps.values()), mapsAt);
    growMemory(this.#memory, mapsEnd + SLACK_BYTES);
    if (marksAt < SCRATCH.end) this.#writtenEnd = Math.max(this.#writtenEnd, marksAt + sizeBytes);
    const marks = this.#view(marksAt, sizeBytes).fill(0);
    const touched = rows && listTouched(rows, sizeBytes);
    const oldBytes = this.#view(oldAt, sizeBytes);
    predictInPlace({ ranges, oldBytes, marks, touched }, addressMaps, this.#predictors);
    return marksAt;
  }

  /**
   * Where the marks of all rows may lie, end to end: over the old bytes, which the rows no longer need, unless the extra
   * bytes do; else behind the marks of the old bytes and the differences coder's data.
   */
  #placeRowMarks(
    { extraCoding }: SegmentBody,
    alignedBytes: number,
    oldBytes: number,
    { oldAt, end, oldMarksAt }: Places & { readonly oldMarksAt: number },
  ): number {
    const marksBytes = alignedBytes + DIFFERENCES_PADDING_BYTES;
    if (extraCoding === EXTRA_CODING.matched && marksBytes <= oldBytes) return oldAt;
    const behind = align(Math.max(oldMarksAt + oldBytes, this.#differences.firstFree));
    const marksAt = behind < SCRATCH.end && behind + marksBytes > SCRATCH.end ? end : behind;
    growMemory(this.#memory, marksAt + marksBytes);
    return marksAt;
  }

  #fillGaps(
    { extraCoding }: SegmentBody,
    { rows, gaps }: { readonly rows: RowTriples; readonly gaps: Uint32Array },
    { oldAt, newAt, newBytes, gapsAt, extra }: Places,
  ): void {
    if (extraCoding === EXTRA_CODING.matched) {
      this.#extra ??= new ExtraDecoder(this.#memory);
      const places = { newAt, newBytes, gapsAt, codedAt: extra.at };
      if (!this.#extra.decode(places, gaps, this.#view(extra.at, extra.length)))
        throw damaged('its extra bytes cannot be read');
    } else if (extraCoding === EXTRA_CODING.mixed) {
      const sizes = { oldSizeBytes: newAt - oldAt, newSizeBytes: newBytes };
      this.#writtenEnd = SCRATCH.end;
      const coder = new ExtraMixingCoder({ ...sizes, rows }, { memory: this.#memory, oldAt });
      if (!coder.decode(this.#view(extra.at, extra.length))) throw damaged('its extra bytes cannot be read');
    } else {
      throw damaged(`unknown coding of extra bytes ${extraCoding}`);
    }
  }

  #view(at: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, at, length);
  }
}

function levelOf(coding: number): DifferencesLevel {
  if (coding === DIFFERENCES_CODING.quick) return 'quick';
  if (coding === DIFFERENCES_CODING.full) return 'full';
  throw damaged(`unknown coding of differences ${coding}`);
}

function align(address: number): number {
  return (address + 63) & ~63;
}
