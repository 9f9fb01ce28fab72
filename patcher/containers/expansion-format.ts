import type { DeflateSettings } from '../kernels/deflate/deflate-coder.ts';
import { parseUnsignedColumn, serializeUnsignedColumn } from '../formats/varint-column.ts';
import { containerErrors } from './container-errors.ts';
import { INFLATED_BYTES_MAX } from './deflate-stream.ts';
import type { Cut, Expansion, PackedStream, RebuiltStream } from './expansion.ts';
import { parseSettings, serializeSettings } from './settings-code.ts';

/** Streams of a segment, on each side: one in a KiB of new bytes. Each is an object to its reader. */
export const STREAMS_MAX = 2 ** 13;
/** Cuts of all streams of a segment: 24 MiB of PNG hold 3,072 chunks of 8 KiB, and no more than 49,152 that are expanded. */
export const CUTS_MAX = 2 ** 16;
/** Corrections of all streams of a segment: an eighth of 8 MiB, or 64 bytes for each of the streams, is worth it. */
export const CORRECTIONS_BYTES_MAX = 2 * 2 ** 20;

const HEADER_NUMBERS = 11;
const HEADER_BYTES = HEADER_NUMBERS * Uint32Array.BYTES_PER_ELEMENT;

/**
 * Write an expansion as columns of varints behind a header with their lengths, to be compressed as a whole.
 * @see docs/formats/containers.md#expansion
 */
export function serializeExpansion({ old, new: rebuilt }: Expansion): Uint8Array {
  const streams = [...old, ...rebuilt];
  const cuts = streams.flatMap((stream) => stream.cuts);
  const columns = [
    streams.map(({ gapBytes }) => gapBytes),
    streams.map((stream) => stream.cuts.length),
    cuts.map(({ afterBytes }) => afterBytes),
    cuts.map(({ gapBytes }) => gapBytes),
    streams.filter((stream) => stream.cuts.length > 0).map(({ tailBytes }) => tailBytes),
    rebuilt.map(({ inflatedBytes }) => inflatedBytes),
    toSettingsColumn(rebuilt),
    rebuilt.map(({ description }) => description.corrections.length),
  ].map(serializeUnsignedColumn);
  const header = Buffer.alloc(HEADER_BYTES);
  [old.length, rebuilt.length, cuts.length, ...columns.map(({ length }) => length)].forEach((number, i) => {
    header.writeUInt32LE(number, i * Uint32Array.BYTES_PER_ELEMENT);
  });
  return Buffer.concat([header, ...columns, ...rebuilt.map(({ description }) => description.corrections)]);
}

/** 0 for the settings of the stream before, else their code plus 1. */
function toSettingsColumn(streams: readonly RebuiltStream[]): number[] {
  let before = -1;
  return streams.map(({ description }) => {
    const code = serializeSettings(description.settings);
    const written = code === before ? 0 : code + 1;
    before = code;
    return written;
  });
}

interface Parts {
  readonly oldCount: number;
  readonly newCount: number;
  readonly cutCount: number;
  readonly columns: readonly Uint8Array[];
  readonly corrections: Uint8Array;
}

/**
 * Read an expansion from untrusted bytes.
 * @throws {AppError} `FORMAT_EXPANSION_INVALID`, `FORMAT_COLUMN_MALFORMED`.
 */
export function parseExpansion(bytes: Uint8Array): Expansion {
  const parts = splitParts(bytes);
  const { oldCount, newCount, cutCount, columns } = parts;
  const column = (index: number, count: number, name: string): Float64Array => {
    return parseUnsignedColumn(columns[index] ?? new Uint8Array(), count, name);
  };
  const count = oldCount + newCount;
  const gaps = column(0, count, 'gaps');
  const cutCounts = column(1, count, 'cut counts');
  if (cutCounts.reduce((sum, cuts) => sum + cuts, 0) !== cutCount)
    throw invalid('it has more or fewer cuts than stated');
  const after = column(2, cutCount, 'cuts');
  const cutGaps = column(3, cutCount, 'cut gaps');
  const tails = column(
    4,
    cutCounts.reduce((sum, cuts) => sum + Math.min(1, cuts), 0),
    'tails',
  );
  const inflated = column(5, newCount, 'inflated sizes');
  if (inflated.some((sizeBytes) => sizeBytes > INFLATED_BYTES_MAX)) throw invalid('a stream is too large');
  const settings = readSettings(column(6, newCount, 'settings'));
  const corrections = cutCorrections(parts.corrections, column(7, newCount, 'corrections'));
  let cut = 0;
  let tail = 0;
  const streams = Array.from(cutCounts, (cutsOfStream, row): PackedStream => {
    const cuts = Array.from({ length: cutsOfStream }, (): Cut => {
      const at = cut++;
      return { afterBytes: after[at] as number, gapBytes: cutGaps[at] as number };
    });
    return {
      gapBytes: gaps[row] as number,
      cuts,
      tailBytes: cutsOfStream > 0 ? (tails[tail++] as number) : 0,
    };
  });
  const rebuilt = streams.slice(oldCount).map((stream, row): RebuiltStream => {
    const description = {
      settings: settings[row] as DeflateSettings,
      corrections: corrections[row] as Uint8Array,
    };
    return { ...stream, inflatedBytes: inflated[row] as number, description };
  });
  return { old: streams.slice(0, oldCount), new: rebuilt };
}

function splitParts(bytes: Uint8Array): Parts {
  if (bytes.length < HEADER_BYTES) throw invalid('it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const numbers = Array.from({ length: HEADER_NUMBERS }, (_, i) => view.getUint32(i * 4, true));
  const [oldCount, newCount, cutCount, ...lengths] = numbers as [number, number, number, ...number[]];
  if (oldCount > STREAMS_MAX || newCount > STREAMS_MAX) throw invalid('it has too many streams');
  if (cutCount > CUTS_MAX) throw invalid('it has too many cuts');
  let at = HEADER_BYTES;
  const columns = lengths.map((length) => {
    const column = bytes.subarray(at, at + length);
    at += length;
    return column;
  });
  if (at > bytes.length) throw invalid('it ends within a column');
  if (bytes.length - at > CORRECTIONS_BYTES_MAX) throw invalid('it has too many corrections');
  return { oldCount, newCount, cutCount, columns, corrections: bytes.subarray(at) };
}

function readSettings(column: Float64Array): DeflateSettings[] {
  let last: DeflateSettings | undefined;
  return Array.from(column, (written) => {
    if (written > 0) last = parseSettings(written - 1);
    if (last === undefined) throw invalid('a stream has settings that do not exist');
    return last;
  });
}

function cutCorrections(bytes: Uint8Array, lengths: Float64Array): Uint8Array[] {
  let at = 0;
  const cut = Array.from(lengths, (length) => {
    const corrections = bytes.subarray(at, at + length);
    at += length;
    return corrections;
  });
  if (at !== bytes.length) throw invalid('its corrections have another length');
  return cut;
}

function invalid(reason: string): Error {
  return containerErrors.error('FORMAT_EXPANSION_INVALID', { reason });
}
