import { fromBinary } from '@bufbuild/protobuf';
import { SegmentSchema } from '../formats/gen/patch_pb.ts';
import type { PatchEntry, PatchSegment } from '../formats/patch.ts';
import { decodeRows, type RowTriples } from '../kernels/rows/rows-coder.ts';
import { damaged } from './delta-errors.ts';
import { classifyFile, FILE_CLASSES, type FileClass, MAGIC_BYTES } from './file-class.ts';
import type { OpenPatch } from './open-patch.ts';
import { type FilePlan, planSegments } from './plan-pieces.ts';
import { TreeFiles } from './tree-files.ts';

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
 * @param newRoot The new build, for files whose name does not say what they are.
 * @returns Rows that have files, by class, then by route.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_SEGMENT_DAMAGED`, and what the patch's source throws.
 */
export async function describePatch(
  { patch, readSegment }: OpenPatch,
  newRoot: string,
  signal?: AbortSignal,
): Promise<ClassSummary[]> {
  const segments: SegmentParts[] = [];
  for (const segment of patch.segments) segments.push(readParts(segment, await readSegment(segment, signal)));
  const plans = planSegments(patch);
  const shares = new SegmentShares(segments, plans);
  const summaries = new Map<string, Growing>();
  using files = new TreeFiles(newRoot);
  for (const entry of patch.entries) {
    if (entry.kind !== 'file') continue;
    const made = shares.of(plans.get(entry.path));
    const route = routeOf(entry, made);
    const name = classifyFile(entry.path, () =>
      files.read(entry.path, 0, Math.min(MAGIC_BYTES, entry.sizeBytes)),
    );
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
  /** Rows and differences. */
  readonly alignedPackedBytes: number;
  readonly extraPackedBytes: number;
}

function readParts({ newBytes, oldRanges, packedBytes }: PatchSegment, body: Uint8Array): SegmentParts {
  const { rowCount, rows: coded, extra } = fromSegment(body);
  const oldBytes = oldRanges.reduce((sum, { length }) => sum + length, 0);
  const rows = decodeRows(coded, { rowCount, newBytes, oldBytes });
  if (rows === undefined) throw damaged('it points outside its bytes');
  const before = new Float64Array(rows.length / 3 + 1);
  for (let row = 0; 3 * row < rows.length; row++) {
    before[row + 1] = (before[row] as number) + (rows[3 * row + 2] as number);
  }
  return { rows, before, alignedPackedBytes: packedBytes - extra.length, extraPackedBytes: extra.length };
}

function fromSegment(body: Uint8Array): { rowCount: number; rows: Uint8Array; extra: Uint8Array } {
  try {
    return fromBinary(SegmentSchema, body, { readUnknownFields: false });
  } catch (error) {
    throw damaged('its fields cannot be read', error);
  }
}

/** Divides what segments take among the files they make. */
class SegmentShares {
  readonly #segments: readonly SegmentParts[];
  /** Of all pieces of all files; bytes that two files share count twice. */
  readonly #aligned: Float64Array;
  readonly #extra: Float64Array;

  constructor(segments: readonly SegmentParts[], plans: ReadonlyMap<string, FilePlan>) {
    this.#segments = segments;
    this.#aligned = new Float64Array(segments.length);
    this.#extra = new Float64Array(segments.length);
    for (const plan of plans.values()) {
      this.#forEachPiece(plan, (segment, aligned, extra) => {
        this.#aligned[segment] = (this.#aligned[segment] as number) + aligned;
        this.#extra[segment] = (this.#extra[segment] as number) + extra;
      });
    }
  }

  of(plan: FilePlan | undefined): MadeBytes {
    const sums = { alignedBytes: 0, extraBytes: 0, packedBytes: 0 };
    this.#forEachPiece(plan, (row, aligned, extra) => {
      const { alignedPackedBytes, extraPackedBytes } = this.#segments[row] as SegmentParts;
      sums.alignedBytes += aligned;
      sums.extraBytes += extra;
      sums.packedBytes += share(alignedPackedBytes, aligned, this.#aligned[row] as number);
      sums.packedBytes += share(extraPackedBytes, extra, this.#extra[row] as number);
    });
    return sums;
  }

  #forEachPiece(
    plan: FilePlan | undefined,
    take: (segment: number, alignedBytes: number, extraBytes: number) => void,
  ): void {
    if (plan?.kind !== 'made') return;
    for (const { segment, offsetInSegment, length } of plan.pieces) {
      const parts = this.#segments[segment] as SegmentParts;
      const aligned = alignedBefore(parts, offsetInSegment + length) - alignedBefore(parts, offsetInSegment);
      take(segment, aligned, length - aligned);
    }
  }
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
