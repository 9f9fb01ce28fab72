import { createHash } from 'node:crypto';
import type { ContainerReader } from './container-reader.ts';
import { ContentSamples } from './content-samples.ts';
import type { DeflateStream } from './deflate-stream.ts';
import { DeflateDescriber, type ProvedDescription } from './describe-deflate.ts';
import { findDeflateStreams } from './find-streams.ts';
import { inflateStream } from './inflate-stream.ts';

/** A stream and how much of its content the other build has, 0 to 1. */
export interface AlikeStream extends DeflateStream {
  readonly share: number;
}

/** A stream that can be rebuilt. */
export interface DescribedStream extends AlikeStream, ProvedDescription {}

/** Which streams to expand, per file, in the order of the files given. */
export interface ExpansionPlan {
  readonly old: readonly (readonly AlikeStream[])[];
  readonly new: readonly (readonly DescribedStream[])[];
}

export interface ExpansionOptions {
  /** 0 to 1: how much of an old stream's content must be in the new streams that are expanded; 0: anything. */
  readonly leastAlike: number;
  /**
   * How many packed bytes a new stream must win for each byte of its content, which a player has to pack again. Expanding
   * what is all new wins a little where the delta's coding beats deflate's.
   */
  readonly leastWon: number;
  /** The same for streams with much to correct, corrections counted: most are images, and take longest to rebuild. */
  readonly leastWonCorrected: number;
  /** How many bytes of corrections a unit of the work that packing takes is worth: see `DeflateCoder.rebuildWork`. */
  readonly bytesPerWork: number;
}

interface FoundStream {
  readonly file: number;
  readonly stream: DeflateStream;
  readonly key: string;
}

/**
 * Choose what to expand: new streams that are not in any old file as they are, whose content is in old streams that
 * are not in any new file, and that can be rebuilt.
 * @param old The changed and the deleted files of the old build; equal files have nothing to expand.
 * @param fresh The changed and the added files of the new build.
 */
export function planExpansion(
  old: readonly ContainerReader[],
  fresh: readonly ContainerReader[],
  { leastAlike, leastWon, leastWonCorrected, bytesPerWork }: ExpansionOptions,
): ExpansionPlan {
  const newStreams = findAll(fresh);
  // Most trees have no containers: their old files are then not looked into.
  if (newStreams.length === 0) return { old: old.map(() => []), new: fresh.map(() => []) };
  const oldStreams = findAll(old);
  const gone = without(oldStreams, newStreams);
  const oldContent = new ContentSamples();
  for (const { file, stream } of gone) {
    const inflated = readContent(old[file] as ContainerReader, stream);
    if (inflated !== undefined) oldContent.add(inflated);
  }
  const newContent = new ContentSamples();
  const describer = new DeflateDescriber();
  /** By key: games repeat files. */
  const known = new Map<string, ProvedDescription | undefined>();
  const described = fresh.map((): DescribedStream[] => []);
  for (const { file, stream, key } of without(newStreams, oldStreams)) {
    const reader = fresh[file] as ContainerReader;
    const inflated = readContent(reader, stream);
    if (inflated === undefined) continue;
    const share = oldContent.shareKnown(inflated) ?? 0;
    if (stream.packedBytes * share < leastWon * inflated.length) continue;
    if (!known.has(key)) {
      const mostBytes = payingBytes(stream, share, leastWon);
      known.set(key, describer.describe(readPacked(reader, stream), inflated, { mostBytes, bytesPerWork }));
    }
    const proved = known.get(key);
    if (proved === undefined) continue;
    const correctedBytes = proved.description.corrections.length;
    const isCorrected = correctedBytes > stream.packedBytes * CORRECTED_SHARE;
    if (isCorrected && payingBytes(stream, share, leastWonCorrected) < correctedBytes) continue;
    newContent.add(inflated);
    described[file]?.push({ ...stream, ...proved, share });
  }
  return { old: keepUseful(old, gone, newContent, leastAlike), new: described };
}

/** Corrections of a smaller share are of an encoder near to zlib. */
const CORRECTED_SHARE = 1 / 50;
/** What the delta's coding of new content wins over deflate's, at least. */
const NEW_CONTENT_SHARE = 1 / 32;

/** How long corrections may be to leave something of what is won, which goes with the share that is known. */
function payingBytes({ packedBytes, inflatedBytes }: DeflateStream, share: number, leastWon: number): number {
  return Math.ceil(packedBytes * (share + NEW_CONTENT_SHARE) - leastWon * inflatedBytes) - 1;
}

/** The old streams that have something of what the new ones hold: what has nothing of it serves none. */
function keepUseful(
  files: readonly ContainerReader[],
  gone: readonly FoundStream[],
  newContent: ContentSamples,
  leastAlike: number,
): readonly (readonly AlikeStream[])[] {
  const kept = files.map((): AlikeStream[] => []);
  /** What is too small or too plain to tell is worth it only where all is. */
  const untold = leastAlike === 0 ? 1 : 0;
  for (const { file, stream } of gone) {
    const inflated = readContent(files[file] as ContainerReader, stream);
    if (inflated === undefined) continue;
    const share = newContent.shareKnown(inflated) ?? untold;
    if (share > 0 && share >= leastAlike) kept[file]?.push({ ...stream, share });
  }
  return kept;
}

function findAll(files: readonly ContainerReader[]): readonly FoundStream[] {
  return files.flatMap((reader, file) =>
    findDeflateStreams(reader).map((stream) => {
      const key = createHash('sha256').update(readPacked(reader, stream)).digest('base64');
      return { file, stream, key };
    }),
  );
}

function without(streams: readonly FoundStream[], others: readonly FoundStream[]): readonly FoundStream[] {
  const keys = new Set(others.map(({ key }) => key));
  return streams.filter(({ key }) => !keys.has(key));
}

function readPacked(reader: ContainerReader, { pieces }: DeflateStream): Uint8Array {
  const parts = pieces.map(({ offset, sizeBytes }) => reader.read(offset, sizeBytes));
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

/** `undefined` for a stream that is not what its container says. */
function readContent(reader: ContainerReader, stream: DeflateStream): Uint8Array | undefined {
  const inflated = inflateStream(readPacked(reader, stream), stream.inflatedBytes);
  return inflated?.length === stream.inflatedBytes ? inflated : undefined;
}
