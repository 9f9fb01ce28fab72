import type { Patch, PatchEntry, PatchSegment } from '../../formats/patch.ts';
import { sumLengths } from '../../formats/rows.ts';
import { parseSegmentBody, type SegmentBody } from '../../formats/segment-body.ts';
import type { RowTriples } from '../../kernels/rows/rows-coder.ts';
import { openExpansion } from './decode-expansion.ts';
import { damaged } from '../delta-errors.ts';
import { estimatePositions, type ToExpanded } from '../plan/expanded-positions.ts';
import { FILE_CLASSES, type FileClass, FileClassifier, MAGIC_BYTES } from '../file-class.ts';
import type { OpenPatch } from './open-patch.ts';
import { type SegmentPieces, segmentPieces } from './plan-pieces.ts';
import { ReusableBytes } from './reusable-bytes.ts';
import { type ReadSegment, readRows } from './segment-memory.ts';
import { TreeFiles } from '../tree-files.ts';

/** How files came about: as a whole old file, from old bytes and differences, or from the patch alone. */
const ROUTES = ['copied', 'patched', 'new'] as const;
export type FileRoute = (typeof ROUTES)[number];

/** The files of one class that took one route. */
export interface ClassSummary {
  readonly class: FileClass;
  readonly route: FileRoute;
  readonly files: number;
  /** Bytes of these files in the new build: copied, aligned with old bytes, or extra. */
  readonly newBytes: number;
  readonly copiedBytes: number;
  readonly alignedBytes: number;
  readonly extraBytes: number;
  /** Their share of the segments' bodies, by aligned and by extra bytes; the header is in none. */
  readonly packedBytes: number;
}

/**
 * Say what a patch does for each class of files, from the patch itself.
 * @param newRoot The new build, for files whose names do not say what they are.
 * @param shares What is known of the segments already; the others are read.
 * @returns Rows that have files, by class, then by route.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_SEGMENT_DAMAGED`, and what the patch's source throws.
 */
export async function describePatch(
  { patch, readSegment }: OpenPatch,
  newRoot: string,
  signal?: AbortSignal,
  shares = new PatchShares(patch),
): Promise<ClassSummary[]> {
  await shares.addRest(readSegment, signal);
  const summaries = new Map<string, Growing>();
  using files = new TreeFiles(newRoot);
  const magic = new ReusableBytes();
  const classifier = new FileClassifier();
  let row = -1;
  for (const entry of patch.entries) {
    row++;
    if (entry.kind !== 'file') continue;
    const made = shares.at(row);
    const route = routeOf(entry, made);
    const name = classifier.classify(entry.path, () => {
      const start = magic.take(Math.min(MAGIC_BYTES, entry.sizeBytes));
      files.readInto(entry.path, 0, start);
      return start;
    });
    const key = `${name} ${route}`;
    const summary = summaries.get(key) ?? emptySummary(name, route);
    summaries.set(key, summary);
    summary.files++;
    summary.newBytes += entry.sizeBytes;
    if (route === 'copied') summary.copiedBytes += entry.sizeBytes;
    summary.alignedBytes += made.alignedBytes;
    summary.extraBytes += made.extraBytes;
    summary.packedBytes += made.packedBytes;
  }
  return FILE_CLASSES.flatMap((name) =>
    ROUTES.flatMap((route) => summaries.get(`${name} ${route}`) ?? []),
  ).map((summary) => ({ ...summary, packedBytes: Math.round(summary.packedBytes) }));
}

type Growing = { -readonly [Key in keyof ClassSummary]: ClassSummary[Key] };
type PatchFile = Extract<PatchEntry, { kind: 'file' }>;
type MadeBytes = Pick<ClassSummary, 'alignedBytes' | 'extraBytes' | 'packedBytes'>;

/** What segments make of each entry, as columns. */
class EntryShares {
  readonly #columns: Float64Array;

  constructor(entries: number) {
    this.#columns = new Float64Array(3 * entries);
  }

  at(entry: number): MadeBytes {
    const [alignedBytes = 0, extraBytes = 0, packedBytes = 0] = this.#columns.subarray(
      3 * entry,
      3 * entry + 3,
    );
    return { alignedBytes, extraBytes, packedBytes };
  }

  add(entry: number, { alignedBytes, extraBytes, packedBytes }: MadeBytes): void {
    const before = this.at(entry);
    const sums = [
      before.alignedBytes + alignedBytes,
      before.extraBytes + extraBytes,
      before.packedBytes + packedBytes,
    ];
    this.#columns.set(sums, 3 * entry);
  }
}

/** Divides what segments take among the files they make. Who reads segments anyhow tells of them: reading rows takes time. */
export class PatchShares {
  readonly #patch: Patch;
  readonly #pieces: SegmentPieces;
  readonly #entries: EntryShares;
  /** Which segments were added. */
  readonly #added: Uint8Array;

  constructor(patch: Patch) {
    this.#patch = patch;
    this.#pieces = segmentPieces(patch);
    this.#entries = new EntryShares(patch.entries.length);
    this.#added = new Uint8Array(patch.segments.length);
  }

  at(entry: number): MadeBytes {
    return this.#entries.at(entry);
  }

  /** @param row Place of the segment in the patch. */
  add(row: number, read: ReadSegment): void {
    this.#added[row] = 1;
    const parts = partsOf(this.#patch.segments[row] as PatchSegment, read);
    const pieces = [...this.#pieces.of(row)];
    const counted = pieces.map(({ entry, offsetInSegment, length }) => {
      const start = parts.toExpanded(offsetInSegment);
      const end = parts.toExpanded(offsetInSegment + length);
      const aligned = alignedBefore(parts, end) - alignedBefore(parts, start);
      const alignedBytes = Math.round(share(length, aligned, end - start));
      return { entry, alignedBytes, extraBytes: length - alignedBytes };
    });
    // Of all pieces: bytes that two files share count twice.
    const alignedBytes = counted.reduce((sum, piece) => sum + piece.alignedBytes, 0);
    const extraBytes = counted.reduce((sum, piece) => sum + piece.extraBytes, 0);
    for (const piece of counted) {
      const packedBytes =
        share(parts.alignedPackedBytes, piece.alignedBytes, alignedBytes) +
        share(parts.extraPackedBytes, piece.extraBytes, extraBytes);
      this.#entries.add(piece.entry, { ...piece, packedBytes });
    }
  }

  /** Read the segments that were not added, one after the other, and add them. */
  async addRest(readSegment: OpenPatch['readSegment'], signal: AbortSignal | undefined): Promise<void> {
    using room = new ReusableBytes();
    for (const [row, segment] of this.#patch.segments.entries()) {
      if (this.#added[row] === 1) continue;
      this.add(row, readParts(segment, await readSegment(segment, signal, room)));
    }
  }
}

function emptySummary(name: FileClass, route: FileRoute): Growing {
  return {
    class: name,
    route,
    files: 0,
    newBytes: 0,
    copiedBytes: 0,
    alignedBytes: 0,
    extraBytes: 0,
    packedBytes: 0,
  };
}

function routeOf({ origin }: PatchFile, { alignedBytes }: MadeBytes): FileRoute {
  if (origin.kind === 'copy') return 'copied';
  return alignedBytes > 0 ? 'patched' : 'new';
}

/** What one segment's body is made of. */
interface SegmentParts {
  readonly rows: RowTriples;
  /** Aligned bytes before each row. */
  readonly before: Float64Array;
  /** From the segment's new bytes to those that rows count in. */
  readonly toExpanded: ToExpanded;
  /** Rows and differences, and what tells how to expand. */
  readonly alignedPackedBytes: number;
  readonly extraPackedBytes: number;
}

function readParts(segment: PatchSegment, bytes: Uint8Array): ReadSegment {
  const body = parseSegmentBody(bytes);
  if (body === undefined) throw damaged('its parts do not fit it');
  return readRows(body, body.expanded ?? plainSizes(segment));
}

function partsOf(segment: PatchSegment, { body, rows }: ReadSegment): SegmentParts {
  const before = new Float64Array(rows.length / 3 + 1);
  let aligned = 0;
  for (let row = 0; 3 * row < rows.length; row++) {
    aligned += rows[3 * row + 2] as number;
    before[row + 1] = aligned;
  }
  const extraPackedBytes = body.extra.length;
  return {
    rows,
    before,
    toExpanded: placesOf(segment, body),
    alignedPackedBytes: segment.packedBytes - extraPackedBytes,
    extraPackedBytes,
  };
}

/** How long the two sides of a segment's rows are where nothing is expanded. */
function plainSizes({ newBytes, oldRanges }: PatchSegment): { newBytes: number; oldBytes: number } {
  return { newBytes, oldBytes: sumLengths(oldRanges) };
}

function placesOf({ newBytes }: PatchSegment, { expanded }: SegmentBody): ToExpanded {
  if (expanded === undefined) return (position) => position;
  return estimatePositions(openExpansion(expanded).new, { newBytes, expandedBytes: expanded.newBytes });
}

function share(whole: number, part: number, parts: number): number {
  return parts === 0 ? 0 : (whole * part) / parts;
}

/** How many of the segment's bytes before a position lie in rows. */
function alignedBefore({ rows, before }: SegmentParts, position: number): number {
  let low = 0;
  let high = rows.length / 3;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[3 * middle] as number) < position) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  const start = rows[3 * (low - 1)] as number;
  const length = rows[3 * (low - 1) + 2] as number;
  return (before[low - 1] as number) + Math.min(length, position - start);
}
