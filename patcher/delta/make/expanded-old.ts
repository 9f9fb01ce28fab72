import type { DeflateStream } from '../../containers/deflate-stream.ts';
import { expandBytes, type StreamPlace } from '../../containers/expand-bytes.ts';
import { ExpandedSpace, type ExpandedStretch } from '../../containers/expanded-space.ts';
import { type PackedStream, toPackedStreams } from '../../containers/expansion.ts';
import { ZLIB_INFLATER } from '../../containers/inflate-stream.ts';
import type { OldFile, OldRange } from '../../formats/patch.ts';
import { copyBytes } from '../../threads/copy-bytes.ts';
import { throwIfStopped } from '../../threads/stop-flag.ts';
import { deltaErrors } from '../delta-errors.ts';
import { findLastAtMost, type OldSpace, type OldSpan, toOldRanges } from '../plan/old-space.ts';
import { ReusableBytes } from '../apply/reusable-bytes.ts';
import { shiftStream } from './segment-streams.ts';
import type { TreeFiles } from '../tree-files.ts';

/** What a segment reads. */
export interface OldReading {
  readonly ranges: readonly OldRange[];
  /** Streams in the ranges laid end to end. */
  readonly streams: readonly PackedStream[];
  /** The ranges end to end, with their streams expanded; good until the next reading. */
  readonly bytes: Uint8Array;
  readonly places: readonly StreamPlace[];
}

/** Bytes of the expanded old space that are in memory; `undefined` where not all of them are. */
export type HeldOld = (span: OldSpan) => Uint8Array | undefined;

/** Read at once where nothing has to be expanded. */
const READ_BYTES = 2 ** 22;

/** The old space with some streams replaced by their content; without streams, the old space itself. */
export class ExpandedOld {
  /** Between positions in the old space and expanded ones. */
  readonly space: ExpandedSpace;
  readonly #oldSpace: OldSpace;
  readonly #files: TreeFiles;
  readonly #streams: readonly DeflateStream[];
  readonly #bytes = new ReusableBytes();
  readonly #packed = new ReusableBytes();

  /** @param streams Offsets count in the old space. */
  constructor(files: TreeFiles, oldSpace: OldSpace, streams: readonly DeflateStream[]) {
    this.space = new ExpandedSpace(oldSpace.totalBytes, streams);
    this.#oldSpace = oldSpace;
    this.#files = files;
    this.#streams = streams;
  }

  /**
   * Read stretches that hold streams whole, expanded and end to end; in pieces, so that little else is held.
   * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH`, `PATCH_INPUT_CHANGED`.
   */
  readInto(spans: readonly OldSpan[], into: Uint8Array): void {
    let position = 0;
    for (const { start, length } of spans) {
      const end = start + length;
      for (let from = start; from < end; ) {
        throwIfStopped();
        const stretch = this.space.cover({ start: from, length: Math.min(READ_BYTES, end - from) });
        const { expanded } = stretch;
        this.#readStretches([stretch], into.subarray(position, position + expanded.length));
        position += expanded.length;
        from = expanded.start + expanded.length;
      }
    }
  }

  /**
   * @param held What is in memory already: it is copied, not read, where nothing has to be expanded.
   * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH`, `PATCH_INPUT_CHANGED`.
   */
  read(stretches: readonly ExpandedStretch[], held: HeldOld): OldReading {
    const bytes = this.#bytes.take(stretches.reduce((sum, { expanded }) => sum + expanded.length, 0));
    const ranges = this.#copyHeld(stretches, held, bytes);
    if (ranges !== undefined) return { ranges, streams: [], places: [], bytes };
    return { bytes, ...this.#readStretches(stretches, bytes) };
  }

  /** @returns `undefined` where there are streams, or bytes that are not held. */
  #copyHeld(
    stretches: readonly ExpandedStretch[],
    held: HeldOld,
    into: Uint8Array,
  ): readonly OldRange[] | undefined {
    if (stretches.some(({ firstStream, endStream }) => firstStream !== endStream)) return undefined;
    let position = 0;
    for (const { expanded } of stretches) {
      const bytes = held(expanded);
      if (bytes === undefined) return undefined;
      copyBytes(bytes, into.subarray(position, position + bytes.length));
      position += bytes.length;
    }
    return stretches.flatMap(({ real }) => toOldRanges(this.#oldSpace, real));
  }

  #readStretches(stretches: readonly ExpandedStretch[], into: Uint8Array): Omit<OldReading, 'bytes'> {
    const isPlain = stretches.every(({ firstStream, endStream }) => firstStream === endStream);
    const realBytes = stretches.reduce((sum, { real }) => sum + real.length, 0);
    const bytes = isPlain ? into : this.#packed.take(realBytes);
    const ranges = this.#readRanges(stretches, bytes);
    if (isPlain) return { ranges, streams: [], places: [] };
    const streams = toPackedStreams(this.#listStreams(stretches));
    const places = expandBytes(bytes, streams, into, ZLIB_INFLATER);
    if (places === undefined) throw this.#changed(stretches);
    return { ranges, streams, places };
  }

  #readRanges(stretches: readonly ExpandedStretch[], into: Uint8Array): readonly OldRange[] {
    const ranges = stretches.flatMap(({ real }) => toOldRanges(this.#oldSpace, real));
    let position = 0;
    for (const { oldFile, offset, length } of ranges) {
      const { path } = this.#oldSpace.files[oldFile] as OldFile;
      this.#files.readInto(path, offset, into.subarray(position, position + length));
      position += length;
    }
    return ranges;
  }

  /** The streams of stretches, counted in the stretches laid end to end. */
  #listStreams(stretches: readonly ExpandedStretch[]): readonly DeflateStream[] {
    let position = 0;
    return stretches.flatMap(({ real, firstStream, endStream }) => {
      const shift = position - real.start;
      position += real.length;
      return this.#streams.slice(firstStream, endStream).map((stream) => shiftStream(stream, shift));
    });
  }

  #changed(stretches: readonly ExpandedStretch[]): Error {
    const file = findLastAtMost(this.#oldSpace.starts, stretches[0]?.real.start ?? 0);
    return deltaErrors.error('PATCH_INPUT_CHANGED', { path: this.#oldSpace.files[file]?.path ?? '' });
  }
}
