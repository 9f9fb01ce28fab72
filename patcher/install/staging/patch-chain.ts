import { type FilePlan, planSegments } from '../../delta/apply/plan-pieces.ts';
import type { OldRange, Patch } from '../../formats/patch.ts';
import type { InstalledTree } from '../../plan/installed-tree.ts';

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
  /** Installed entries. */
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
  readonly #oldEntries: ReadonlyMap<string, number>;
  /** Per patch: how the files it makes come about. */
  readonly #plans: readonly ReadonlyMap<string, FilePlan>[];
  /** Per patch but the last: the row of its first segment in {@link between}. */
  readonly #firstRow: readonly number[];
  readonly #files = new Map<string, readonly ChainPiece[] | undefined>();
  readonly #sources = new Map<string, Sources>();
  /** All segments of all patches but the last, each after those it reads from. */
  readonly between: readonly ChainSegment[];

  constructor(patches: readonly Patch[], installed: InstalledTree) {
    this.#patches = patches;
    this.#installed = installed;
    this.#oldEntries = new Map(installed.manifest.entries.map(({ path }, index) => [path, index] as const));
    const before = patches.slice(0, -1);
    this.#plans = before.map(planSegments);
    this.between = before.flatMap((patch, hop) => patch.segments.map((_, segment) => ({ hop, segment })));
    let rows = 0;
    this.#firstRow = before.map((patch) => {
      rows += patch.segments.length;
      return rows - patch.segments.length;
    });
  }

  /** What a segment of one of the patches reads. */
  sourcesOf(hop: number, segment: number): Sources {
    const key = `${hop} ${segment}`;
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const patch = this.#patches[hop];
    const ranges = patch?.segments[segment]?.oldRanges ?? [];
    const reads = new Set<number>();
    const needs = new Set<number>();
    let usable = true;
    for (const range of ranges) {
      const pieces = this.#piecesOf(hop, range);
      usable &&= pieces !== undefined;
      for (const piece of pieces ?? []) {
        if ('oldEntry' in piece) reads.add(piece.oldEntry);
        else needs.add(piece.between);
      }
    }
    const direct = [...needs];
    for (const row of direct) {
      const { hop: at, segment: index } = this.between[row] as ChainSegment;
      const deeper = this.sourcesOf(at, index);
      usable &&= deeper.usable;
      for (const entry of deeper.reads) reads.add(entry);
      for (const need of deeper.needs) needs.add(need);
    }
    const found = { reads: [...reads], needs: [...needs].sort((a, b) => a - b), usable };
    this.#sources.set(key, found);
    return found;
  }

  /** Where a file lies that the last patch takes over as it is; undefined when it is not there. */
  takenOver(oldPath: string, sizeBytes: number): readonly ChainPiece[] | undefined {
    return this.#fileAt(this.#patches.length - 1, oldPath, sizeBytes);
  }

  /**
   * Where the files lie that a patch reads: by path in the build it begins with.
   * @returns undefined for the first patch, whose files are those of the installed build.
   */
  filesOf(hop: number): Map<string, readonly ChainPiece[]> | undefined {
    if (hop === 0) return undefined;
    const files = new Map<string, readonly ChainPiece[]>();
    for (const { path, sizeBytes } of this.#patches[hop]?.oldFiles ?? []) {
      const pieces = this.#fileAt(hop, path, sizeBytes);
      if (pieces !== undefined) files.set(path, pieces);
    }
    return files;
  }

  /** @returns undefined when some of it is not there or known to be wrong. */
  #piecesOf(hop: number, { oldFile, offset, length }: OldRange): ChainPiece[] | undefined {
    const file = this.#patches[hop]?.oldFiles.at(oldFile);
    const whole = file === undefined ? undefined : this.#fileAt(hop, file.path, file.sizeBytes);
    if (whole === undefined) return undefined;
    const pieces = cutPieces(whole, offset, length);
    const { damage } = this.#installed;
    const isRight = (piece: ChainPiece) =>
      !('oldEntry' in piece) || damage.get(piece.oldEntry)?.misses(piece.offset, piece.sizeBytes) !== false;
    return pieces.every(isRight) ? pieces : undefined;
  }

  /** A file of the build that a patch begins with, whole; undefined when it is not there. */
  #fileAt(hop: number, path: string, sizeBytes: number): readonly ChainPiece[] | undefined {
    const key = `${hop} ${path}`;
    if (!this.#files.has(key)) this.#files.set(key, this.#findFile(hop, path, sizeBytes));
    return this.#files.get(key);
  }

  #findFile(hop: number, path: string, sizeBytes: number): readonly ChainPiece[] | undefined {
    if (hop === 0) return this.#findInstalled(path, sizeBytes);
    const plan = this.#plans[hop - 1]?.get(path);
    if (plan?.kind === 'copy') return this.#fileAt(hop - 1, plan.oldPath, sizeBytes);
    if (plan === undefined) return undefined;
    const first = this.#firstRow[hop - 1] ?? 0;
    const pieces = plan.pieces.map(({ segment, offsetInSegment, fileOffset, length }) => {
      return { fileOffset, sizeBytes: length, offset: offsetInSegment, between: first + segment };
    });
    const madeBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
    return madeBytes === sizeBytes ? pieces : undefined;
  }

  #findInstalled(path: string, sizeBytes: number): readonly ChainPiece[] | undefined {
    const oldEntry = this.#oldEntries.get(path);
    const entry = oldEntry === undefined ? undefined : this.#installed.manifest.entries[oldEntry];
    const isThere = entry?.kind === 'file' && entry.sizeBytes === sizeBytes;
    if (!isThere || oldEntry === undefined || this.#installed.states[oldEntry] === 'absent') return undefined;
    return [{ fileOffset: 0, sizeBytes, offset: 0, oldPath: path, oldEntry }];
  }
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
