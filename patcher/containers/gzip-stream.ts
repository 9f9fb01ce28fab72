import { type ContainerReader, readUpTo } from './container-reader.ts';
import type { DeflateStream } from './deflate-stream.ts';

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const DEFLATE = 8;
const HEADER_CHECK_FLAG = 2;
const EXTRA_FLAG = 4;
const NAME_FLAG = 8;
const COMMENT_FLAG = 16;
const RESERVED_FLAGS = 0xe0;
/** Names and comments are short; a header longer than this is not looked into. */
const HEADER_BYTES_MAX = 128 * 2 ** 10;

/**
 * The stream of a gzip file of one member that fills it.
 * @see RFC 1952
 */
export function findGzipStream(reader: ContainerReader): DeflateStream | undefined {
  const view = readUpTo(reader, 0, HEADER_BYTES_MAX);
  if (view.byteLength < HEADER_BYTES + TRAILER_BYTES) return undefined;
  if (view.getUint16(0) !== 0x1f8b || view.getUint8(2) !== DEFLATE) return undefined;
  const offset = headerEnd(view);
  const packedBytes = offset === undefined ? 0 : reader.sizeBytes - TRAILER_BYTES - offset;
  if (offset === undefined || packedBytes <= 0) return undefined;
  const inflatedBytes = readUpTo(reader, reader.sizeBytes - 4, 4).getUint32(0, true);
  return { kind: 'gzip', pieces: [{ offset, sizeBytes: packedBytes }], packedBytes, inflatedBytes };
}

function headerEnd(view: DataView): number | undefined {
  const flags = view.getUint8(3);
  if ((flags & RESERVED_FLAGS) !== 0) return undefined;
  let at: number | undefined = HEADER_BYTES;
  if ((flags & EXTRA_FLAG) !== 0) at += 2 + view.getUint16(at, true);
  if ((flags & NAME_FLAG) !== 0) at = textEnd(view, at);
  if ((flags & COMMENT_FLAG) !== 0) at = textEnd(view, at);
  if (at === undefined) return undefined;
  return (flags & HEADER_CHECK_FLAG) === 0 ? at : at + 2;
}

function textEnd(view: DataView, from: number | undefined): number | undefined {
  if (from === undefined) return undefined;
  for (let at = from; at < view.byteLength; at++) {
    if (view.getUint8(at) === 0) return at + 1;
  }
  return undefined;
}
