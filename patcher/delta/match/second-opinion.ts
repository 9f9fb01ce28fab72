import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { throwIfStopped } from '../../threads/stop-flag.ts';
import { type Alignment, AlignmentBuilder } from './alignment.ts';
import { parseBsdiffControl } from './bsdiff-control.ts';
import type { TreeFiles } from '../tree-files.ts';

/** A new file of a segment and the old file of its path. */
export interface FilePair {
  readonly path: string;
  /** Where it begins in the segment. */
  readonly newStart: number;
  readonly newBytes: number;
  /** Where the old file begins in the old space. */
  readonly oldStart: number;
  readonly oldBytes: number;
}

/** bsdiff takes seventeen times its input in memory and half a second a MiB: beyond this it is not affordable. */
const PAIR_BYTES_MAX = 16 * 2 ** 20;
/** Below this the streams are too short for another alignment to matter. */
const PAIR_BYTES_MIN = 4096;
/** Its suffix sort is slow on repetitive bytes; the first opinion then stands. */
const TIMEOUT_MS = 120_000;

const CHILD = fileURLToPath(new URL('bsdiff-child.ts', import.meta.url));

/** True when the native library is there and loads. */
export function isSecondOpinionAvailable(): boolean {
  return spawnSync(process.execPath, [CHILD], { stdio: 'ignore', timeout: TIMEOUT_MS }).status === 0;
}

/**
 * Align files as bsdiff does, in a process of its own, because its native code trusts its input.
 * @param own The alignment to improve on: rows outside the affordable files stay.
 * @returns `undefined` when no file is affordable or none could be compared.
 */
export function computeSecondOpinion(
  own: Alignment,
  pairs: readonly FilePair[],
  roots: { readonly oldFiles: TreeFiles; readonly newFiles: TreeFiles },
): Alignment | undefined {
  const affordable = pairs.filter(({ oldBytes, newBytes }) => {
    const bytes = oldBytes + newBytes;
    return bytes >= PAIR_BYTES_MIN && bytes <= PAIR_BYTES_MAX;
  });
  const opinions = affordable.flatMap((pair) => {
    throwIfStopped();
    const rows = runBsdiff(pair, roots);
    return rows === undefined ? [] : [{ pair, rows }];
  });
  return opinions.length === 0 ? undefined : replaceRows(own, opinions);
}

interface Opinion {
  readonly pair: FilePair;
  /** Counting in the pair's files. */
  readonly rows: Alignment;
}

function runBsdiff(
  pair: FilePair,
  { oldFiles, newFiles }: { readonly oldFiles: TreeFiles; readonly newFiles: TreeFiles },
): Alignment | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'gantry-bsdiff-'));
  try {
    const output = path.join(folder, 'patch');
    const files = [oldFiles.resolve(pair.path), newFiles.resolve(pair.path), output];
    const { status } = spawnSync(process.execPath, [CHILD, ...files], {
      stdio: 'ignore',
      timeout: TIMEOUT_MS,
    });
    if (status !== 0) return undefined;
    return parseBsdiffControl(readFileSync(output), { oldBytes: pair.oldBytes, newBytes: pair.newBytes });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Put each opinion's rows in the place of those that make the same file. */
function replaceRows(own: Alignment, opinions: readonly Opinion[]): Alignment {
  const rows: Row[] = [];
  let opinion = 0;
  for (let row = 0; row < own.count; row++) {
    const start = own.newStart[row] as number;
    while (opinion < opinions.length && endOf(opinions[opinion] as Opinion) <= start) opinion++;
    rows.push(...outside(rowAt(own, row), opinions, opinion));
  }
  for (const { pair, rows: theirs } of opinions) {
    for (let row = 0; row < theirs.count; row++) {
      const { newStart, oldStart, length } = rowAt(theirs, row);
      rows.push({ newStart: pair.newStart + newStart, oldStart: pair.oldStart + oldStart, length });
    }
  }
  const builder = new AlignmentBuilder();
  rows.sort((a, b) => a.newStart - b.newStart);
  for (const { newStart, oldStart, length } of rows) builder.add(newStart, oldStart, length);
  return builder.build();
}

interface Row {
  readonly newStart: number;
  readonly oldStart: number;
  readonly length: number;
}

function rowAt(alignment: Alignment, row: number): Row {
  return {
    newStart: alignment.newStart[row] as number,
    oldStart: alignment.oldStart[row] as number,
    length: alignment.length[row] as number,
  };
}

/** The parts of a row in no file with a second opinion: matches run over the borders of files. */
function outside({ newStart, oldStart, length }: Row, opinions: readonly Opinion[], first: number): Row[] {
  const parts: Row[] = [];
  const end = newStart + length;
  const shift = oldStart - newStart;
  let from = newStart;
  for (let at = first; at < opinions.length; at++) {
    const opinion = opinions[at] as Opinion;
    const start = opinion.pair.newStart;
    if (start >= end) break;
    if (start > from) parts.push({ newStart: from, oldStart: from + shift, length: start - from });
    from = Math.max(from, endOf(opinion));
  }
  if (from < end) parts.push({ newStart: from, oldStart: from + shift, length: end - from });
  return parts;
}

function endOf({ pair }: Opinion): number {
  return pair.newStart + pair.newBytes;
}
