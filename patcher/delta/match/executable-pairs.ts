import { open } from 'node:fs/promises';
import path from 'node:path';
import { deltaErrors } from '../delta-errors.ts';
import { type Alignment, AlignmentBuilder } from './alignment.ts';
import { findLastAtMost, type OldSpace } from '../plan/old-space.ts';
import type { SegmentPiece } from '../make/segment-maker.ts';

/** A new executable, the old file it resembles most, and how: rows count in the two files. */
export interface ExecutablePair {
  readonly newPath: string;
  readonly newFileBytes: number;
  /** Row in the old space's files. */
  readonly oldFile: number;
  readonly rows: Alignment;
}

/** The pieces of a segment that belong to executables, and how its bytes were aligned. */
export interface AlignedPieces {
  readonly pieces: readonly SegmentPiece[];
  readonly alignment: Alignment;
}

/** Smaller files have few references: a map costs as much as it saves. */
export const EXECUTABLE_BYTES_MIN = 16 * 1024;
/** What a file begins with: ELF, PE (behind its DOS stub), 64-bit Mach-O. */
const MAGICS = [Buffer.from('\x7fELF', 'latin1'), Buffer.from('MZ'), Buffer.from([0xcf, 0xfa, 0xed, 0xfe])];
export const MAGIC_BYTES = 4;

/** Whether a file that begins so is an executable. */
export function isExecutable(head: Buffer): boolean {
  return MAGICS.some((magic) => head.subarray(0, magic.length).equals(magic));
}

/**
 * Which of these new files look like executables.
 * @throws {AppError} `PATCH_READ_FAILED`.
 */
export async function findExecutables(
  newRoot: string,
  pieces: readonly SegmentPiece[],
): Promise<Set<string>> {
  const large = pieces
    .filter(({ fileBytes }) => fileBytes >= EXECUTABLE_BYTES_MIN)
    .map((piece) => piece.path);
  const found = new Set<string>();
  for (const name of new Set(large)) {
    const head = await readHead(path.join(newRoot, name), name);
    if (isExecutable(head)) found.add(name);
  }
  return found;
}

async function readHead(absolute: string, name: string): Promise<Buffer> {
  try {
    await using file = await open(absolute);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw deltaErrors.error('PATCH_READ_FAILED', { path: name }, cause);
  }
}

/**
 * Pair each new executable with the old file that most of its bytes are aligned with.
 * @param segments Pieces of executables only, in the order of the made bytes.
 * @returns One pair for each old file: the new one that shares most with it.
 */
export function pairExecutables(segments: readonly AlignedPieces[], oldSpace: OldSpace): ExecutablePair[] {
  const pairs = new Map<number, ExecutablePair>();
  const sizes = new Map(
    segments.flatMap(({ pieces }) => pieces.map(({ path, fileBytes }) => [path, fileBytes])),
  );
  for (const [newPath, newFileBytes] of sizes) {
    const rows = gatherRows(newPath, segments);
    const oldFile = findMainFile(rows, oldSpace);
    if (oldFile === undefined) continue;
    const pair = { newPath, newFileBytes, oldFile, rows: restrictTo(rows, oldSpace, oldFile) };
    const rival = pairs.get(oldFile);
    if (rival === undefined || countBytes(pair.rows) > countBytes(rival.rows)) pairs.set(oldFile, pair);
  }
  return [...pairs.values()];
}

function countBytes({ length }: Alignment): number {
  return length.reduce((sum, bytes) => sum + bytes, 0);
}

/** Rows of one new file from all segments it lies in: `newStart` counts in the file. */
function gatherRows(newPath: string, segments: readonly AlignedPieces[]): Alignment {
  const rows = new AlignmentBuilder();
  for (const { pieces, alignment } of segments) {
    for (const piece of pieces) {
      if (piece.path === newPath) addRowsOf(piece, alignment, rows);
    }
  }
  return rows.build();
}

function addRowsOf(
  { start, length, fileOffset }: SegmentPiece,
  alignment: Alignment,
  into: AlignmentBuilder,
): void {
  for (let row = 0; row < alignment.count; row++) {
    const newStart = alignment.newStart[row] as number;
    const from = Math.max(start, newStart);
    const to = Math.min(start + length, newStart + (alignment.length[row] as number));
    if (from >= to) continue;
    into.add(fileOffset + from - start, (alignment.oldStart[row] as number) + from - newStart, to - from);
  }
}

function findMainFile(rows: Alignment, { starts }: OldSpace): number | undefined {
  const alignedBytes = new Map<number, number>();
  let main: number | undefined;
  for (let row = 0; row < rows.count; row++) {
    const file = findLastAtMost(starts, rows.oldStart[row] as number);
    const bytes = (alignedBytes.get(file) ?? 0) + (rows.length[row] as number);
    alignedBytes.set(file, bytes);
    if (main === undefined || bytes > (alignedBytes.get(main) ?? 0)) main = file;
  }
  return main;
}

/** The rows that lie in one old file, counting in it. */
function restrictTo(rows: Alignment, { starts, files }: OldSpace, oldFile: number): Alignment {
  const start = starts[oldFile] as number;
  const end = start + (files[oldFile]?.sizeBytes ?? 0);
  const inside = new AlignmentBuilder();
  for (let row = 0; row < rows.count; row++) {
    const oldStart = rows.oldStart[row] as number;
    const length = rows.length[row] as number;
    if (oldStart >= start && oldStart + length <= end) {
      inside.add(rows.newStart[row] as number, oldStart - start, length);
    }
  }
  return inside.build();
}

/** Gaps that differ by more than a share of their length are something new. */
const BRIDGE_SLACK_BYTES = 64;
const BRIDGE_SLACK_SHARE = 1 / 8;

/**
 * Guess rows for bytes that resemble nothing, but lie between the same neighbours on both sides: tables in which every
 * reference changed look like that.
 */
export function bridgeGaps(rows: Alignment): Alignment {
  const bridged = new AlignmentBuilder();
  for (let row = 0; row < rows.count; row++) {
    const newStart = rows.newStart[row] as number;
    const oldStart = rows.oldStart[row] as number;
    const length = rows.length[row] as number;
    bridged.add(newStart, oldStart, length);
    if (row + 1 === rows.count) break;
    const newNext = rows.newStart[row + 1] as number;
    const oldNext = rows.oldStart[row + 1] as number;
    const newGap = newNext - newStart - length;
    const oldGap = oldNext - oldStart - length;
    const slack = Math.max(BRIDGE_SLACK_BYTES, newGap * BRIDGE_SLACK_SHARE);
    if (newGap <= 0 || oldGap <= 0 || Math.abs(newGap - oldGap) > slack) continue;
    const half = Math.floor(Math.min(newGap, oldGap) / 2);
    bridged.add(newStart + length, oldStart + length, half);
    bridged.add(newNext - half, oldNext - half, half);
  }
  return bridged.build();
}
