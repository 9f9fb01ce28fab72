import { planPieces, startsOf } from '../../delta/apply/plan-pieces.ts';
import type { OldRange, Patch } from '../../formats/patch.ts';
import type { InstalledTree } from '../../plan/installed-tree.ts';
import { type Named, pairByPath, UNPAIRED } from '../../paths/pair-by-path.ts';
import { isPause, type Slices } from '../../threads/slices.ts';

/** Where a stretch of an intermediate build's file lies: in a file of the installed build, or in what a segment made. */
export type ChainPiece = FilePiece &
  ({ readonly oldPath: string; readonly oldEntry: number } | { readonly between: number });

/** A segment of an earlier patch. */
export interface ChainSegment {
  readonly hop: number;
  /** Row in that patch. */
  readonly segment: number;
}

/** What a segment reads, through what other segments make. */
interface Sources {
  /** Installed entries, ascending. */
  readonly reads: readonly number[];
  /** Rows of {@link PatchChain.between}, ascending: also those that its own needs need. */
  readonly needs: readonly number[];
  /** False when something of it is known to be missing or damaged. */
  readonly usable: boolean;
}

/**
 * Patches one after the other, seen as a whole: what the last one reads of a build that nobody has is traced back,
 * through what earlier ones copy and make, to files of the installed build and to segments that have to be made
 * first. Only these are ever made of the builds between.
 */
export class PatchChain {
  readonly #patches: readonly Patch[];
  readonly #installed: InstalledTree;
  /**
   * Per patch and old file of it: the entry at its path in the build it begins with, which is the installed one or what the patch
   * before makes; or {@link UNPAIRED}.
   */
  readonly #entries: readonly Int32Array[];
  /** Per patch: where its segments begin in what they make. */
  readonly #starts: readonly Float64Array[];
  /** Per patch but the last: the row of its first segment in {@link between}. */
  readonly #firstRow: readonly number[];
  /** Files of builds between that are made, by hop and row: large ones are read in many ranges. */
  readonly #made = new Map<string, readonly ChainPiece[] | undefined>();
  readonly #sources = new Map<string, Sources>();
  /** All segments of all patches but the last, each after those it reads from. */
  readonly between: readonly ChainSegment[];

  private constructor(patches: readonly Patch[], installed: InstalledTree, entries: readonly Int32Array[]) {
    this.#patches = patches;
    this.#installed = installed;
    this.#entries = entries;
    this.#starts = patches.map(startsOf);
    const before = patches.slice(0, -1);
    this.between = before.flatMap((patch, hop) => patch.segments.map((_, segment) => ({ hop, segment })));
    let rows = 0;
    this.#firstRow = before.map((patch) => {
      rows += patch.segments.length;
      return rows - patch.segments.length;
    });
  }

  static *of(patches: readonly Patch[], installed: InstalledTree): Slices<PatchChain> {
    const entries: Int32Array[] = [];
    for (const [hop, { oldFiles }] of patches.entries()) {
      const before = patches[hop - 1]?.entries ?? installed.manifest.entries;
      entries.push(yield* pairByPath<Named, Named>(before, oldFiles));
    }
    return new PatchChain(patches, installed, entries);
  }

  /** What a segment of one of the patches reads. */
  *sourcesOf(hop: number, segment: number): Slices<Sources> {
    const key = `${hop} ${segment}`;
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const reads: number[] = [];
    const needs = new Set<number>();
    let usable = true;
    let looked = 0;
    for (const range of this.#patches[hop]?.segments[segment]?.oldRanges ?? []) {
      if (isPause(looked++)) yield;
      const pieces = this.#piecesOf(hop, range);
      usable &&= pieces !== undefined;
      for (const piece of pieces ?? []) {
        if ('between' in piece) needs.add(piece.between);
        // Mostly many ranges of one file come one after the other.
        else if (piece.oldEntry !== reads.at(-1)) reads.push(piece.oldEntry);
      }
    }
    const direct = [...needs];
    for (const row of direct) {
      const { hop: at, segment: index } = this.between[row] as ChainSegment;
      const deeper = yield* this.sourcesOf(at, index);
      usable &&= deeper.usable;
      for (const entry of deeper.reads) reads.push(entry);
      for (const need of deeper.needs) needs.add(need);
    }
    const found = { reads: sortUnique(reads), needs: sortUnique([...needs]), usable };
    this.#sources.set(key, found);
    return found;
  }

  /**
   * Where a file lies that the last patch takes over as it is; undefined when it is not there.
   * @param oldFile Its row in that patch's old files.
   */
  takenOver(oldFile: number, sizeBytes: number): readonly ChainPiece[] | undefined {
    return this.#fileAt(this.#patches.length - 1, oldFile, sizeBytes);
  }

  /**
   * Where the files lie that a patch reads: by path in the build it begins with.
   * @returns undefined for the first patch, whose files are those of the installed build.
   */
  filesOf(hop: number): Map<string, readonly ChainPiece[]> | undefined {
    if (hop === 0) return undefined;
    const files = new Map<string, readonly ChainPiece[]>();
    let row = 0;
    for (const { path, sizeBytes } of this.#patches[hop]?.oldFiles ?? []) {
      const pieces = this.#fileAt(hop, row++, sizeBytes);
      if (pieces !== undefined) files.set(path, pieces);
    }
    return files;
  }

  /** @returns undefined when some of it is not there or known to be wrong. */
  #piecesOf(hop: number, { oldFile, offset, length }: OldRange): ChainPiece[] | undefined {
    const file = this.#patches[hop]?.oldFiles.at(oldFile);
    const whole = file === undefined ? undefined : this.#fileAt(hop, oldFile, file.sizeBytes);
    if (whole === undefined) return undefined;
    const pieces = cutPieces(whole, offset, length);
    const { damage } = this.#installed;
    const isRight = (piece: ChainPiece) =>
      !('oldEntry' in piece) || damage.get(piece.oldEntry)?.misses(piece.offset, piece.sizeBytes) !== false;
    return pieces.every(isRight) ? pieces : undefined;
  }

  /**
   * A file of the build that a patch begins with, whole; undefined when it is not there.
   * @param oldFile Its row in that patch's old files.
   */
  #fileAt(hop: number, oldFile: number, sizeBytes: number): readonly ChainPiece[] | undefined {
    const entry = this.#entries[hop]?.[oldFile] ?? UNPAIRED;
    if (entry === UNPAIRED) return undefined;
    if (hop === 0) return this.#findInstalled(entry, sizeBytes);
    const key = `${hop} ${entry}`;
    if (!this.#made.has(key)) this.#made.set(key, this.#findMade(hop, entry, sizeBytes));
    return this.#made.get(key);
  }

  #findMade(hop: number, entry: number, sizeBytes: number): readonly ChainPiece[] | undefined {
    const maker = this.#patches[hop - 1] as Patch;
    const file = maker.entries.at(entry);
    if (file?.kind !== 'file' || file.sizeBytes !== sizeBytes) return undefined;
    const { origin } = file;
    if (origin.kind === 'copy') return this.#fileAt(hop - 1, origin.oldFile, sizeBytes);
    const first = this.#firstRow[hop - 1] ?? 0;
    const starts = this.#starts[hop - 1] as Float64Array;
    return planPieces(maker, starts, origin.pieces).map((piece) => {
      const { segment, offsetInSegment, fileOffset, length } = piece;
      return { fileOffset, sizeBytes: length, offset: offsetInSegment, between: first + segment };
    });
  }

  #findInstalled(oldEntry: number, sizeBytes: number): readonly ChainPiece[] | undefined {
    const entry = this.#installed.manifest.entries[oldEntry];
    const isThere = entry?.kind === 'file' && entry.sizeBytes === sizeBytes;
    if (!isThere || this.#installed.states[oldEntry] === 'absent') return undefined;
    return [{ fileOffset: 0, sizeBytes, offset: 0, oldPath: entry.path, oldEntry }];
  }
}

function sortUnique(rows: number[]): number[] {
  return rows.sort((a, b) => a - b).filter((row, at, all) => row !== all[at - 1]);
}

/** A stretch of a file that lies somewhere else. */
export interface FilePiece {
  /** Where it begins in the file. */
  readonly fileOffset: number;
  readonly sizeBytes: number;
  /** Where it begins in what it is read from. */
  readonly offset: number;
}

/**
 * The parts of a file's pieces that hold a range, in order.
 * @param pieces Of a whole file, in its order, without gaps.
 * @returns Together as long as the range, as far as the file goes; `[]` for an empty range.
 */
export function cutPieces<Piece extends FilePiece>(
  pieces: readonly Piece[],
  offset: number,
  sizeBytes: number,
): Piece[] {
  const end = offset + sizeBytes;
  const found: Piece[] = [];
  for (let at = firstPiece(pieces, offset); at < pieces.length; at++) {
    const piece = pieces[at] as Piece;
    if (piece.fileOffset >= end) break;
    const from = Math.max(offset, piece.fileOffset);
    const to = Math.min(end, piece.fileOffset + piece.sizeBytes);
    if (to <= from) continue;
    const begin = piece.offset + from - piece.fileOffset;
    found.push({ ...piece, fileOffset: from, sizeBytes: to - from, offset: begin });
  }
  return found;
}

/** Index of the last piece that begins at or before an offset. */
function firstPiece(pieces: readonly FilePiece[], offset: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((pieces[middle] as FilePiece).fileOffset <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
