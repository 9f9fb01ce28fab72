import { ftruncateSync, writevSync } from 'node:fs';
import { partByZeros, readsAsZerosSync } from '../../disk/file-holes.ts';
import type { Piece } from './span-chunks.ts';

/** Bytes that follow each other in a file, in one part or several. */
interface Run {
  readonly offset: number;
  readonly parts: Uint8Array[];
  end: number;
}

/**
 * Write all of a new file; zeros are left out where the file system has holes.
 * @param pieces All of it, in order of offset.
 */
export function writeWhole(descriptor: number, pieces: readonly Piece[]): void {
  let writtenTo = 0;
  for (const run of toRuns(pieces, () => true)) {
    writeRun(descriptor, run);
    writtenTo = run.end;
  }
  const end = pieces.reduce(
    (most, { offset, bytes }) => bytes.reduce((at, { length }) => at + length, offset),
    0,
  );
  if (writtenTo < end) ftruncateSync(descriptor, end);
}

/**
 * Write pieces of a file that is staged in part; what lies where zeros belong may be of an attempt that failed.
 * @param pieces In order of offset.
 */
export function writePieces(descriptor: number, pieces: readonly Piece[]): void {
  for (const run of toRuns(pieces, (from, to) => readsAsZerosSync(descriptor, from, to)))
    writeRun(descriptor, run);
}

/** What has to be written, as few stretches as it takes: each is one call. */
function toRuns(pieces: readonly Piece[], isHole: (from: number, to: number) => boolean): Run[] {
  const runs: Run[] = [];
  for (const { offset, bytes } of pieces) {
    let at = offset;
    for (const part of bytes) {
      for (const { start, end, isZero } of partByZeros(part, at)) {
        if (isZero && isHole(at + start, at + end)) continue;
        addTo(runs, at + start, part.subarray(start, end));
      }
      at += part.length;
    }
  }
  return runs;
}

function addTo(runs: Run[], offset: number, part: Uint8Array): void {
  const last = runs.at(-1);
  const run = last?.end === offset ? last : { offset, parts: [], end: offset };
  if (run !== last) runs.push(run);
  run.parts.push(part);
  run.end += part.length;
}

function writeRun(descriptor: number, { offset, parts }: Run): void {
  let at = offset;
  for (let left = parts; left.length > 0; ) {
    const writtenBytes = writevSync(descriptor, left, at);
    at += writtenBytes;
    left = skip(left, writtenBytes);
  }
}

/** What is left of parts behind their first bytes; no part of nothing. */
function skip(parts: readonly Uint8Array[], sizeBytes: number): Uint8Array[] {
  let skipBytes = sizeBytes;
  return parts.flatMap((part) => {
    const skipped = Math.min(skipBytes, part.length);
    skipBytes -= skipped;
    return skipped === part.length ? [] : [part.subarray(skipped)];
  });
}
