import type { AddressKernel } from './address-kernel.ts';
import type { Region } from './address-map.ts';
import type { FileRows } from './image-rows.ts';

/** Sections may be large: they are rewritten and compared a piece at a time. */
const PIECE_BYTES = 2 ** 16;
/**
 * Of pieces with wrong bytes so many, spread over a section, stand for all of them: a mebibyte tells which way to read it is best.
 */
const CHANGED_PIECES_MAX = 16;
/** Of pieces without a wrong byte, in which rewriting can only harm, one in so many stands for all of them. */
const EQUAL_PIECES_STEP = 8;
/** Most bytes are equal, which a native comparison finds sooner. */
const COMPARED_BYTES = 1024;

type FilePart = Pick<Region, 'fileOffset' | 'sizeBytes'>;

interface Piece {
  /** Counts in the part. */
  readonly offset: number;
  readonly length: number;
  /** As it is. */
  readonly wrong: number;
}

function sumWrong(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { wrong }) => sum + wrong, 0);
}

/** Counts how many aligned bytes of a part of the old file differ from the new ones, as they are or rewritten. */
export class RowErrors {
  readonly #oldBytes: Uint8Array;
  readonly #newBytes: Uint8Array;
  readonly #rows: FileRows;
  /** Rows by where they begin in old. */
  readonly #order: Uint32Array;
  /** Of the rows up to each in that order: the farthest end in old. */
  readonly #ends: Float64Array;
  /** Wrong bytes of pieces as they are, by where they begin. */
  readonly #plain = new Map<number, number>();
  readonly #piece = new Uint8Array(PIECE_BYTES);
  readonly #marks = new Uint8Array(PIECE_BYTES);

  constructor(oldBytes: Uint8Array, newBytes: Uint8Array, rows: FileRows) {
    this.#oldBytes = oldBytes;
    this.#newBytes = newBytes;
    this.#rows = rows;
    this.#order = Uint32Array.from({ length: rows.count }, (_, row) => row);
    this.#order.sort((a, b) => (rows.oldStart[a] as number) - (rows.oldStart[b] as number));
    let end = 0;
    this.#ends = Float64Array.from(this.#order, (row) => {
      end = Math.max(end, (rows.oldStart[row] as number) + (rows.length[row] as number));
      return end;
    });
  }

  /** Wrong bytes of a part as it is. */
  countPlain(part: FilePart): number {
    return sumWrong(this.#piecesOf(part));
  }

  /** The pieces of a part; asked for again with every way to read it. */
  #piecesOf({ fileOffset, sizeBytes }: FilePart): readonly Piece[] {
    const pieces: Piece[] = [];
    for (let offset = 0; offset < sizeBytes; offset += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, sizeBytes - offset);
      pieces.push({ offset, length, wrong: this.#plainWrong(fileOffset + offset, length) });
    }
    return pieces;
  }

  /** Wrong bytes of one piece as it is. */
  #plainWrong(fileOffset: number, length: number): number {
    const known = this.#plain.get(fileOffset);
    if (known !== undefined) return known;
    const wrong = this.#count(fileOffset, this.#oldBytes.subarray(fileOffset, fileOffset + length));
    this.#plain.set(fileOffset, wrong);
    return wrong;
  }

  /**
   * Wrong bytes of a region once a kernel has rewritten it; of a large one about, as some of its pieces stand for all.
   * @param enough No more are counted than this, and those of the piece in which it was reached.
   */
  countRewritten(kernel: AddressKernel, region: Region, enough: number): number {
    const pieces = this.#piecesOf(region);
    const changed = pieces.filter(({ wrong }) => wrong > 0);
    const step = Math.ceil(changed.length / CHANGED_PIECES_MAX);
    const counted = changed.filter((_, index) => index % step === 0);
    const equal = pieces.filter(({ wrong }) => wrong === 0);
    const equalCounted = equal.filter((_, index) => index % EQUAL_PIECES_STEP === 0);
    const share = sumWrong(changed) / sumWrong(counted);
    let wrong = 0;
    const add = (from: readonly Piece[], weight: number): void => {
      for (const piece of from) {
        if (wrong >= enough) return;
        wrong += this.#countPiece(kernel, region, piece) * weight;
      }
    };
    add(counted, share);
    add(equalCounted, EQUAL_PIECES_STEP);
    return wrong;
  }

  #countPiece(kernel: AddressKernel, region: Region, { offset, length }: Piece): number {
    const from = region.fileOffset + offset;
    const piece = this.#piece.subarray(0, length);
    piece.set(this.#oldBytes.subarray(from, from + length));
    kernel.rewrite(region, offset, piece, this.#marks.subarray(0, length));
    return this.#count(from, piece);
  }

  /** @param bytes What stands for the old file's bytes from `fileOffset` on. */
  #count(fileOffset: number, bytes: Uint8Array): number {
    const end = fileOffset + bytes.length;
    const { oldStart, newStart, length } = this.#rows;
    let wrong = 0;
    for (let at = this.#firstEndingBehind(fileOffset); at < this.#order.length; at++) {
      const row = this.#order[at] as number;
      const start = oldStart[row] as number;
      if (start >= end) break;
      const from = Math.max(start, fileOffset);
      const to = Math.min(start + (length[row] as number), end);
      wrong += this.#compare(bytes, { from, to, fileOffset, shift: (newStart[row] as number) - start });
    }
    return wrong;
  }

  #compare(
    bytes: Uint8Array,
    part: { readonly from: number; readonly to: number; readonly fileOffset: number; readonly shift: number },
  ): number {
    const { from, to: last, fileOffset, shift } = part;
    const newBytes = this.#newBytes;
    let wrong = 0;
    for (let start = from; start < last; start += COMPARED_BYTES) {
      const end = Math.min(last, start + COMPARED_BYTES);
      const before = bytes.subarray(start - fileOffset, end - fileOffset);
      if (Buffer.compare(before, newBytes.subarray(start + shift, end + shift)) === 0) continue;
      const stop = end - fileOffset;
      for (let at = start - fileOffset, to = start + shift; at < stop; at++, to++) {
        if (bytes[at] !== newBytes[to]) wrong++;
      }
    }
    return wrong;
  }

  /** The first place in the order from which on a row can reach behind `fileOffset`. */
  #firstEndingBehind(fileOffset: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] as number) > fileOffset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
