import type { AddressMap } from '../executables/address-map.ts';
import type { OldRange } from '../formats/patch.ts';
import type { SegmentBody } from '../formats/segment-body.ts';
import {
  DIFFERENCES_PADDING_BYTES,
  DifferencesCoder,
  type DifferencesLevel,
} from '../kernels/differences/differences-coder.ts';
import { ExtraDecoder } from '../kernels/extra/extra-coder.ts';
import { ExtraMixingCoder, MIXING_MARGIN_BYTES } from '../kernels/extra-mixing/extra-mixing-coder.ts';
import { createMemory, growMemory } from '../kernels/load-kernel.ts';
import { type PlacedRows, RowCopies } from '../kernels/row-copies/row-copies.ts';
import { decodeRows, type RowTriples } from '../kernels/rows/rows-coder.ts';
import { damaged } from './delta-errors.ts';
import { predictInPlace } from './predict-ranges.ts';
import { countAlignedBytes, listGaps, ROW_START_MARK } from './row-triples.ts';
import { DIFFERENCES_CODING, EXTRA_CODING } from './segment-coding.ts';

/** A segment's old side. */
export interface OldSide {
  readonly sizeBytes: number;
  /** Fill `into`, of `sizeBytes`. @returns The ranges that its bytes consist of. Throws when they cannot be had. */
  readonly fill: (into: Uint8Array) => readonly OldRange[];
  readonly addressMaps: ReadonlyMap<number, AddressMap>;
}

/**
 * Between the kernels' fixed data and the differences coder's: tables of the coders of extra bytes, and before those
 * begin, marks.
 */
const SCRATCH = { start: 2 ** 16, end: 25 * 2 ** 20 } as const;
/** What kernels may read behind coded bytes. */
const SLACK_BYTES = 64;

/** Addresses of one segment's parts. */
interface Places {
  readonly oldAt: number;
  /** Right behind the old bytes. */
  readonly newAt: number;
  readonly newBytes: number;
  readonly rowsAt: number;
  readonly gapsAt: number;
  readonly codedAt: number;
  readonly end: number;
}

/**
 * Makes segments in one memory that all kernels share, so that nothing is copied between them: old bytes are read into it,
 * laid end to end where the new bytes begin, corrected, spread over the rows, and the gaps between filled. It keeps the
 * largest segment's old and new bytes and up to 32 MiB.
 */
export class SegmentMemory {
  readonly #memory = createMemory();
  readonly #differences = new DifferencesCoder(this.#memory);
  readonly #copies = new RowCopies(this.#memory);
  #extra: ExtraDecoder | undefined;

  /**
   * @returns The new bytes, good until the next call.
   * @throws {AppError} `PATCH_SEGMENT_DAMAGED` where the body contradicts itself; what filling in the old side throws.
   */
  make(body: SegmentBody, old: OldSide, newBytes: number): Uint8Array<ArrayBuffer> {
    const rows = decodeRows(body.rows, { rowCount: body.rowCount, newBytes, oldBytes: old.sizeBytes });
    if (rows === undefined) throw damaged('it points outside its bytes');
    const places = this.#lay(body, rows, old.sizeBytes, newBytes);
    const ranges = old.fill(this.#view(places.oldAt, old.sizeBytes));
    this.#makeRows(body, rows, places, { ...old, ranges });
    const gaps = listGaps(rows, newBytes);
    if (gaps.length > 0 || body.extra.length > 0) this.#fillGaps(body, { rows, gaps }, places);
    return this.#view(places.newAt, newBytes);
  }

  #lay(body: SegmentBody, rows: RowTriples, oldBytes: number, newBytes: number): Places {
    const oldAt = align(this.#differences.firstFree) + MIXING_MARGIN_BYTES;
    const newAt = oldAt + oldBytes;
    const rowsAt = align(newAt + newBytes + MIXING_MARGIN_BYTES);
    const gapsAt = align(rowsAt + rows.byteLength);
    const codedAt = align(gapsAt + (rows.length / 3 + 1) * 2 * Uint32Array.BYTES_PER_ELEMENT);
    const end = align(codedAt + Math.max(body.differences.length, body.extra.length) + SLACK_BYTES);
    growMemory(this.#memory, end);
    new Uint32Array(this.#memory.buffer, rowsAt, rows.length).set(rows);
    return { oldAt, newAt, newBytes, rowsAt, gapsAt, codedAt, end };
  }

  #makeRows(
    body: SegmentBody,
    rows: RowTriples,
    { oldAt, newAt, rowsAt, codedAt, end }: Places,
    old: OldSide & { readonly ranges: readonly OldRange[] },
  ): void {
    const length = countAlignedBytes(rows);
    const placed = { at: rowsAt, count: rows.length / 3 };
    const marksAt = body.predicted ? this.#predict(placed, length, old, { oldAt, end }) : undefined;
    this.#copies.gather(placed, oldAt, newAt);
    if (body.differencesCoding !== 0) {
      const level = levelOf(body.differencesCoding);
      const places = { at: newAt, length, marksAt, codedAt };
      this.#differences.decodeAt(places, { coded: body.differences, level });
    }
    this.#copies.spread(placed, newAt, length);
  }

  /** Rewrite the references in the old bytes. @returns Where the marks of all rows lie, end to end. */
  #predict(
    rows: PlacedRows,
    alignedBytes: number,
    { ranges, addressMaps, sizeBytes }: OldSide & { readonly ranges: readonly OldRange[] },
    { oldAt, end }: Pick<Places, 'oldAt' | 'end'>,
  ): number {
    const marksBytes = align(sizeBytes) + alignedBytes + DIFFERENCES_PADDING_BYTES;
    const oldMarksAt = SCRATCH.start + marksBytes <= SCRATCH.end ? SCRATCH.start : end;
    growMemory(this.#memory, oldMarksAt + marksBytes);
    const rowMarksAt = align(oldMarksAt + sizeBytes);
    const marks = this.#view(oldMarksAt, sizeBytes).fill(0);
    predictInPlace({ ranges, oldBytes: this.#view(oldAt, sizeBytes), marks }, addressMaps);
    this.#copies.gather(rows, oldMarksAt, rowMarksAt);
    this.#copies.markStarts(rows, rowMarksAt, ROW_START_MARK);
    return rowMarksAt;
  }

  #fillGaps(
    { extraCoding, extra }: SegmentBody,
    { rows, gaps }: { readonly rows: RowTriples; readonly gaps: Uint32Array },
    { oldAt, newAt, newBytes, gapsAt, codedAt }: Places,
  ): void {
    if (extraCoding === EXTRA_CODING.matched) {
      this.#extra ??= new ExtraDecoder(this.#memory);
      const places = { newAt, newBytes, gapsAt, codedAt };
      if (!this.#extra.decode(places, gaps, extra)) throw damaged('its extra bytes cannot be read');
    } else if (extraCoding === EXTRA_CODING.mixed) {
      const sizes = { oldSizeBytes: newAt - oldAt, newSizeBytes: newBytes };
      const coder = new ExtraMixingCoder({ ...sizes, rows }, { memory: this.#memory, oldAt });
      if (!coder.decode(extra)) throw damaged('its extra bytes cannot be read');
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
