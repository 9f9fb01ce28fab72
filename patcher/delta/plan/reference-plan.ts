import type { FileEntry } from '../../formats/manifest.ts';
import type { Effort } from '../effort.ts';
import { chunkKeys } from './chunk-keys.ts';
import { chunksOf, type MadeStretch, type PatchTree } from './new-space.ts';
import { planIndex } from './old-index.ts';
import { countSpanBytes, findLastAtMost, joinSpans, type OldSpace, type OldSpan } from './old-space.ts';

/** Made bytes known to be old bytes, because a chunk is on both sides. */
export interface KnownCopy {
  readonly newStart: number;
  readonly oldStart: number;
  readonly length: number;
}

/** What made bytes are compared with. */
export interface ReferencePlan {
  /** Sorted by `newStart`. Empty when the index holds everything and finds them by itself. */
  readonly copies: readonly KnownCopy[];
  /** Old bytes to index for the segment that makes the given bytes; the same array for all that share an index. */
  readonly spansFor: (newStart: number, newEnd: number) => readonly OldSpan[];
}

export interface ReferenceInput {
  readonly oldFiles: readonly FileEntry[];
  readonly oldSpace: OldSpace;
  /** Rows of old files that are no reference for anything. */
  readonly playersFiles: ReadonlySet<number>;
  readonly oldTree: PatchTree;
  readonly newTree: PatchTree;
  readonly made: readonly MadeStretch[];
  readonly madeBytes: number;
  readonly budgetBytes: number;
  readonly effort: Effort;
}

/** Old bytes on both sides of what disappeared, so that matches may begin before it and run on after it. */
const CONTEXT_BYTES = 64 * 1024;
/** What is taken or left as a whole when the budget holds only what is near. */
const CELL_BYTES = 2 ** 20;
/**
 * Files unrelated by name are only worth indexing up to a few times what has to be made; but at effort `max`, of files whose
 * path is new: others find in the old file of their path what they resemble.
 */
const UNRELATED_PER_MADE = 4;

/**
 * Choose the reference: whole files while their index fits the budget; else only what disappeared from them,
 * with the chunks on both sides as known copies; else, for each segment, what disappeared near it.
 */
export function planReference(input: ReferenceInput): ReferencePlan {
  const related = relatedFiles(input);
  const whole = related.map((row) => fileSpan(input, row));
  if (fits(whole, input.budgetBytes)) {
    const spans = joinSpans(withUnrelated(input, related, whole), 0);
    return { copies: [], spansFor: () => spans };
  }
  const copies = findCopies(input);
  const gone = findDisappeared(input, related);
  if (fits(gone, input.budgetBytes)) return { copies, spansFor: () => gone };
  return { copies, spansFor: (start, end) => nearest(input, { copies, gone, start, end }) };
}

function fits(spans: readonly OldSpan[], budgetBytes: number): boolean {
  return planIndex(countSpanBytes(spans), budgetBytes) !== undefined;
}

function fileSpan({ oldSpace }: ReferenceInput, row: number): OldSpan {
  return { start: oldSpace.starts[row] as number, length: oldSpace.files[row]?.sizeBytes ?? 0 };
}

/** Old files that a made file replaces, and those whose path is gone. */
function relatedFiles({ oldFiles, playersFiles, newTree, made }: ReferenceInput): number[] {
  const kept = new Set(newTree.entries.filter((entry) => entry.kind === 'file').map((entry) => entry.path));
  for (const { file } of made) kept.delete(file.path);
  return oldFiles.flatMap((file, row) => (kept.has(file.path) || playersFiles.has(row) ? [] : [row]));
}

/** Add unchanged files while they fit: those of the same folders and kinds as what is made, in that order. */
function withUnrelated(input: ReferenceInput, related: readonly number[], spans: OldSpan[]): OldSpan[] {
  const taken = new Set(related);
  const folders = new Set(input.made.map(({ file }) => folderOf(file.path)));
  const kinds = new Set(input.made.map(({ file }) => kindOf(file.path)));
  const score = ({ path }: FileEntry): number =>
    (kinds.has(kindOf(path)) ? 2 : 0) + (folders.has(folderOf(path)) ? 1 : 0);
  const rest = input.oldFiles
    .map((file, row) => ({ row, score: score(file) }))
    .filter(({ row, score: points }) => points > 0 && !taken.has(row) && !input.playersFiles.has(row))
    .sort((a, b) => b.score - a.score || a.row - b.row);
  const result = [...spans];
  let bytes = countSpanBytes(spans);
  let allowance = countUnrelatedMade(input) * UNRELATED_PER_MADE;
  for (const { row } of rest) {
    const span = fileSpan(input, row);
    if (span.length > allowance) continue;
    const shape = planIndex(bytes + span.length, input.budgetBytes);
    // Not at the price of a sparser index for what is related.
    if (shape === undefined || shape.step > (planIndex(bytes, input.budgetBytes)?.step ?? 1)) continue;
    result.push(span);
    bytes += span.length;
    allowance -= span.length;
  }
  return result;
}

/** Made bytes for which unrelated files are worth indexing. */
function countUnrelatedMade({ effort, oldFiles, made, madeBytes }: ReferenceInput): number {
  if (effort === 'max') return madeBytes;
  const known = new Set(oldFiles.map(({ path }) => path));
  return made.reduce((sum, { file, length }) => sum + (known.has(file.path) ? 0 : length), 0);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function kindOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.includes('.') ? name.slice(name.lastIndexOf('.')) : '';
}

/** Where the chunks of made files lie in old files; a chunk right after the copy before it continues that copy. */
function findCopies(input: ReferenceInput): KnownCopy[] {
  const { oldFiles, oldSpace, playersFiles, oldTree, newTree, made } = input;
  const oldKeys = chunkKeys(oldTree);
  const places = new Map<string, number>();
  /** Old chunk by where it begins, so that a copy is preferred that goes on where the last one ended. */
  const keyAt = new Map<number, string>();
  oldFiles.forEach((file, row) => {
    if (playersFiles.has(row)) return;
    let position = oldSpace.starts[row] as number;
    for (const chunk of file.chunks) {
      const key = oldKeys[chunk] as string;
      if (!places.has(key)) places.set(key, position);
      keyAt.set(position, key);
      position += oldTree.chunks.sizeBytes[chunk] as number;
    }
  });
  const newKeys = chunkKeys(newTree);
  const copies: { newStart: number; oldStart: number; length: number }[] = [];
  for (const stretch of made) {
    for (const { chunk, start, length } of chunksOf(stretch, newTree)) {
      const key = newKeys[chunk] as string;
      const last = copies.at(-1);
      const next = last === undefined ? -1 : last.oldStart + last.length;
      const follows = last !== undefined && last.newStart + last.length === start && keyAt.get(next) === key;
      const oldStart = follows ? next : places.get(key);
      if (follows) last.length += length;
      else if (oldStart !== undefined) copies.push({ newStart: start, oldStart, length });
    }
  }
  return copies;
}

/** Chunks of these old files that the new tree does not have, with some context. */
function findDisappeared(input: ReferenceInput, rows: readonly number[]): OldSpan[] {
  const { oldFiles, oldSpace, oldTree, newTree } = input;
  const present = new Set(chunkKeys(newTree));
  const oldKeys = chunkKeys(oldTree);
  const spans: OldSpan[] = [];
  for (const row of rows) {
    const file = fileSpan(input, row);
    let position = oldSpace.starts[row] as number;
    for (const chunk of oldFiles[row]?.chunks ?? []) {
      const length = oldTree.chunks.sizeBytes[chunk] as number;
      if (!present.has(oldKeys[chunk] as string)) spans.push(widen({ start: position, length }, file));
      position += length;
    }
  }
  return joinSpans(spans, 0);
}

function widen({ start, length }: OldSpan, file: OldSpan): OldSpan {
  const from = Math.max(file.start, start - CONTEXT_BYTES);
  const to = Math.min(file.start + file.length, start + length + CONTEXT_BYTES);
  return { start: from, length: to - from };
}

interface NearRequest {
  readonly copies: readonly KnownCopy[];
  readonly gone: readonly OldSpan[];
  readonly start: number;
  readonly end: number;
}

/** What disappeared, nearest first to where the segment's known copies and its files' namesakes lie in old. */
function nearest(input: ReferenceInput, { copies, gone, start, end }: NearRequest): OldSpan[] {
  const anchors = copies
    .filter((copy) => copy.newStart < end && copy.newStart + copy.length > start)
    .flatMap((copy) => [copy.oldStart, copy.oldStart + copy.length]);
  anchors.push(...namesakes(input, start, end));
  const sorted = Float64Array.from(anchors).sort();
  const ranked = gone
    .flatMap(cutCells)
    .map((span) => ({ span, distance: distanceTo(sorted, span) }))
    .sort((a, b) => a.distance - b.distance || a.span.start - b.span.start);
  const chosen: OldSpan[] = [];
  let bytes = 0;
  for (const { span } of ranked) {
    const length = largestFit(bytes, span.length, input.budgetBytes);
    if (length === 0) break;
    chosen.push({ start: span.start, length });
    bytes += length;
  }
  return joinSpans(chosen, 0);
}

/** A stretch in pieces small enough to be near or far as a whole. */
function cutCells({ start, length }: OldSpan): OldSpan[] {
  return Array.from({ length: Math.ceil(length / CELL_BYTES) }, (_, cell) => ({
    start: start + cell * CELL_BYTES,
    length: Math.min(CELL_BYTES, length - cell * CELL_BYTES),
  }));
}

/** The old positions that correspond, by share of the file, to the segment's own, one every few cells. */
function namesakes({ made, oldFiles, oldSpace }: ReferenceInput, start: number, end: number): number[] {
  const rows = new Map(oldFiles.map((file, row) => [file.path, row]));
  return made.flatMap(({ file, fileOffset, offset, length }) => {
    const row = rows.get(file.path);
    if (row === undefined || offset >= end || offset + length <= start) return [];
    const scale = (oldFiles[row] as FileEntry).sizeBytes / file.sizeBytes;
    const from = fileOffset + Math.max(0, start - offset);
    const to = fileOffset + Math.min(length, end - offset);
    const base = oldSpace.starts[row] as number;
    const steps = Math.ceil((to - from) / CELL_BYTES);
    return Array.from({ length: steps + 1 }, (_, step) =>
      Math.floor(base + (from + ((to - from) * step) / steps) * scale),
    );
  });
}

/** Old bytes between a stretch and the anchor nearest to it; anchors ascend. */
function distanceTo(anchors: Float64Array, { start, length }: OldSpan): number {
  const before = findLastAtMost(anchors, start);
  return [before, before + 1].reduce((best, row) => {
    const anchor = anchors[row];
    if (anchor === undefined) return best;
    return Math.min(best, anchor < start ? start - anchor : Math.max(0, anchor - start - length));
  }, Infinity);
}

/** As much of a stretch as an index within the budget can take beside what it already holds. */
function largestFit(bytes: number, length: number, budgetBytes: number): number {
  for (let part = length; part >= CONTEXT_BYTES; part = Math.floor(part / 2)) {
    if (planIndex(bytes + part, budgetBytes) !== undefined) return part;
  }
  return planIndex(bytes + length, budgetBytes) === undefined ? 0 : length;
}
