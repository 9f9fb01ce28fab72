import { type ContainerReader, readUpTo } from './container-reader.ts';
import { type DeflateStream, isWorthwhile } from './deflate-stream.ts';
import { findGzipStream } from './gzip-stream.ts';
import { findPngStream } from './png-stream.ts';
import { listZipMembers, toStream } from './zip-streams.ts';

/** Shorter files hold nothing worth expanding. */
const CONTAINER_BYTES_MIN = 128;
/** A zip in a zip in a zip: how deep stored members are looked into. */
const DEPTH_MAX = 3;

/**
 * The deflate streams of a file that is a zip (or jar, pk3, APK …), a gzip file or a PNG, and of such files stored in
 * a zip. Told by content, never by name. Nothing is inflated: what a container says may be wrong.
 * @returns In the order of their offsets, none overlapping another, of sizes worth expanding; `[]` for other files.
 */
export function findDeflateStreams(reader: ContainerReader): readonly DeflateStream[] {
  return findWithin(reader, 0);
}

function findWithin(reader: ContainerReader, depth: number): readonly DeflateStream[] {
  if (reader.sizeBytes < CONTAINER_BYTES_MIN) return [];
  const magic = readUpTo(reader, 0, 4).getUint32(0);
  if (magic === 0x89504e47) return keepWorthwhile([findPngStream(reader)]);
  if (magic >>> 16 === 0x1f8b) return keepWorthwhile([findGzipStream(reader)]);
  return listZipMembers(reader).flatMap((member) => {
    if (member.deflated) return keepWorthwhile([toStream(member)]);
    if (depth === DEPTH_MAX || member.packedBytes < CONTAINER_BYTES_MIN) return [];
    return shift(findWithin(partOf(reader, member.offset, member.packedBytes), depth + 1), member.offset);
  });
}

function keepWorthwhile(streams: readonly (DeflateStream | undefined)[]): readonly DeflateStream[] {
  return streams.filter((stream) => stream !== undefined).filter(isWorthwhile);
}

function partOf(reader: ContainerReader, offset: number, sizeBytes: number): ContainerReader {
  return { sizeBytes, read: (at, count) => reader.read(offset + at, count) };
}

function shift(streams: readonly DeflateStream[], by: number): readonly DeflateStream[] {
  return streams.map((stream) => ({
    ...stream,
    pieces: stream.pieces.map(({ offset, sizeBytes }) => ({ offset: offset + by, sizeBytes })),
  }));
}
