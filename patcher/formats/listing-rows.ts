import { checkTreeBySlices } from '../paths/path-policy.ts';
import type { Slices } from '../threads/slices.ts';
import type { Listing } from './gen/patch_pb.ts';
import { type Columns, ENTRY_KINDS } from './manifest-columns.ts';
import { DEFAULT_MANIFEST_LIMITS } from './manifest-limits.ts';
import { toLinkTargets } from './manifest-rows.ts';
import type { FileOrigin, MadePiece, PatchEntry } from './patch.ts';
import { invalidPatch } from './patch-errors.ts';
import { checkCount, sum } from './patch-rows.ts';
import { toPathRows } from './path-column.ts';
import { ColumnRows, type Rows } from './rows.ts';
import { parseSignedColumn, parseUnsignedColumn } from './varint-column.ts';

const MODE_MAX = 0o777;
/** Pieces of all made files: one for each chunk of the largest build a manifest may list. */
const PIECES_MAX = DEFAULT_MANIFEST_LIMITS.chunkReferencesMax;

/**
 * Turn columns into the new tree's entries; every path, link and reference is checked.
 * @param oldFileSizes Of all old files, by row.
 */
export function* toListing(
  columns: Columns<Listing>,
  oldFileSizes: Float64Array,
  madeBytes: number,
): Slices<Rows<PatchEntry>> {
  const { count } = columns;
  checkCount('entries', count, DEFAULT_MANIFEST_LIMITS.entriesMax);
  if (columns.kind.length !== count) throw invalidPatch('an entry has no kind');
  const targets = toLinkTargets(columns);
  const modes = parseUnsignedColumn(columns.mode, count - targets.length, 'listing.mode');
  if (modes.some((mode) => mode > MODE_MAX)) throw invalidPatch('a mode is not permission bits');
  yield;
  const { kinds, places } = placeKinds(columns.kind);
  const paths = yield* toPathRows(columns);
  const files = new FileColumns(columns, oldFileSizes, madeBytes);
  yield;
  const modeOf = spreadModes(kinds, modes);
  const entries = new ColumnRows(count, (row): PatchEntry => {
    const path = paths.at(row) as string;
    const place = places[row] as number;
    if (kinds[row] === ENTRY_KINDS.link) return { kind: 'link', path, target: targets[place] as string };
    const mode = modeOf[row] as number;
    if (kinds[row] === ENTRY_KINDS.directory) return { kind: 'directory', path, mode };
    return { kind: 'file', path, mode, sizeBytes: files.sizeAt(place), origin: files.originAt(place) };
  });
  yield* checkTreeBySlices(entries);
  return entries;
}

/** The kinds of entries, and for each how many of its kind come before it. */
function placeKinds(column: Uint8Array): { readonly kinds: Uint8Array; readonly places: Uint32Array } {
  // A copy: a view would hold the whole header.
  const kinds = column.slice();
  const known: readonly number[] = Object.values(ENTRY_KINDS);
  const counts = new Uint32Array(Math.max(...known) + 1);
  const places = new Uint32Array(kinds.length);
  for (const [row, kind] of kinds.entries()) {
    if (!known.includes(kind)) throw invalidPatch('an entry is of no known kind');
    places[row] = counts[kind] as number;
    counts[kind] = (counts[kind] as number) + 1;
  }
  return { kinds, places };
}

/** The mode of each entry; links have none. */
function spreadModes(kinds: Uint8Array, modes: Float64Array): Uint16Array {
  const spread = new Uint16Array(kinds.length);
  let next = 0;
  for (const [row, kind] of kinds.entries()) {
    if (kind !== ENTRY_KINDS.link) spread[row] = modes[next++] as number;
  }
  return spread;
}

/** Sizes and origins of the new tree's files, checked. */
class FileColumns {
  readonly #sizes: Float64Array;
  /** Row of the old file that is copied; -1 for a made file. */
  readonly #copied: Int32Array;
  /** Where each file's pieces begin, and behind the last one's. */
  readonly #firstPiece: Uint32Array;
  readonly #pieceOffsets: Float64Array;
  readonly #pieceLengths: Float64Array;

  constructor(columns: Columns<Listing>, oldFileSizes: Float64Array, madeBytes: number) {
    const { fileMade } = columns;
    const count = columns.kind.reduce((files, kind) => files + (kind === ENTRY_KINDS.file ? 1 : 0), 0);
    if (fileMade.length !== count || fileMade.some((flag) => flag > 1)) {
      throw invalidPatch('a file has no known origin');
    }
    const made = sum(fileMade);
    this.#sizes = parseUnsignedColumn(columns.fileSize, count, 'listing.file_size');
    const copySteps = parseSignedColumn(columns.copiedFrom, count - made, 'listing.copied_from');
    const counts = parseUnsignedColumn(columns.pieceCount, made, 'listing.piece_count');
    const pieces = sum(counts);
    checkCount('pieces', pieces, PIECES_MAX);
    this.#pieceOffsets = parseSignedColumn(columns.pieceOffset, pieces, 'listing.piece_offset');
    this.#pieceLengths = parseUnsignedColumn(columns.pieceLength, pieces, 'listing.piece_length');
    this.#placePieces(madeBytes);
    this.#copied = new Int32Array(count).fill(-1);
    this.#firstPiece = new Uint32Array(count + 1);
    let copyRow = 0;
    let madeRow = 0;
    let oldFile = -1;
    for (let file = 0; file < count; file++) {
      const first = this.#firstPiece[file] as number;
      if (fileMade[file] === 0) {
        oldFile += 1 + (copySteps[copyRow++] as number);
        if (oldFileSizes[oldFile] !== this.#sizes[file]) throw invalidPatch('a file copies none of its size');
        this.#copied[file] = oldFile;
        this.#firstPiece[file + 1] = first;
        continue;
      }
      const end = first + (counts[madeRow++] as number);
      this.#firstPiece[file + 1] = end;
      if (sum(this.#pieceLengths.subarray(first, end)) !== this.#sizes[file]) {
        throw invalidPatch('a file is not made of as many bytes as it has');
      }
    }
  }

  sizeAt(file: number): number {
    return this.#sizes[file] as number;
  }

  originAt(file: number): FileOrigin {
    const oldFile = this.#copied[file] as number;
    if (oldFile >= 0) return { kind: 'copy', oldFile };
    const pieces: MadePiece[] = [];
    const end = this.#firstPiece[file + 1] as number;
    for (let piece = this.#firstPiece[file] as number; piece < end; piece++) {
      pieces.push({
        offset: this.#pieceOffsets[piece] as number,
        length: this.#pieceLengths[piece] as number,
      });
    }
    return { kind: 'made', pieces };
  }

  /** Turn the steps from each piece's end to the next into offsets. */
  #placePieces(madeBytes: number): void {
    let end = 0;
    for (const [piece, length] of this.#pieceLengths.entries()) {
      const offset = end + (this.#pieceOffsets[piece] as number);
      end = offset + length;
      if (offset < 0 || length === 0 || end > madeBytes)
        throw invalidPatch('a piece lies outside the made bytes');
      this.#pieceOffsets[piece] = offset;
    }
  }
}
