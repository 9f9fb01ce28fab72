import { type ContainerReader, readUpTo } from './container-reader.ts';
import type { DeflateStream } from './deflate-stream.ts';

/** A member of a zip, packed by deflate or stored. */
export interface ZipMember {
  readonly deflated: boolean;
  /** Of its data, behind its local header. */
  readonly offset: number;
  readonly packedBytes: number;
  readonly inflatedBytes: number;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_RECORD_MAGIC = Buffer.from('PK\x05\x06', 'latin1');
const END64_LOCATOR = 0x07064b50;
const END64_RECORD = 0x06064b50;
const LOCAL_HEADER_BYTES = 30;
const CENTRAL_HEADER_BYTES = 46;
const END_RECORD_BYTES = 22;
const END64_LOCATOR_BYTES = 20;
const END64_RECORD_BYTES = 56;
/** Behind the end record there may be a comment of up to 65,535 bytes. */
const TAIL_BYTES = END_RECORD_BYTES + 0xffff;
/** A directory larger than this is not read: 64 MiB list more members than any game has. */
const DIRECTORY_BYTES_MAX = 64 * 2 ** 20;
const MEMBERS_MAX = 1_000_000;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;
const SIZES_FOLLOW_FLAG = 8;
const IN_ZIP64 = 0xffffffff;

/**
 * The members of a zip, by its directory, or, where it has none that holds, by its local headers.
 * @returns In the order of their offsets, none overlapping another; `[]` for what is no zip.
 */
export function listZipMembers(reader: ContainerReader): readonly ZipMember[] {
  return dropOverlaps(listByDirectory(reader) ?? listByLocalHeaders(reader));
}

/** A member as a stream, if it is one. */
export function toStream({ offset, packedBytes, inflatedBytes }: ZipMember): DeflateStream {
  return { kind: 'zip', pieces: [{ offset, sizeBytes: packedBytes }], packedBytes, inflatedBytes };
}

interface Directory {
  readonly offset: number;
  readonly sizeBytes: number;
  /** What to add to offsets in it: bytes before the zip, as in an archive that extracts itself. */
  readonly shift: number;
}

function listByDirectory(reader: ContainerReader): ZipMember[] | undefined {
  const directory = findDirectory(reader);
  if (directory === undefined) return undefined;
  const view = readUpTo(reader, directory.offset, directory.sizeBytes);
  const members: ZipMember[] = [];
  let at = 0;
  while (at + CENTRAL_HEADER_BYTES <= view.byteLength && view.getUint32(at, true) === CENTRAL_HEADER) {
    if (members.length === MEMBERS_MAX) break;
    const member = readCentralHeader(reader, view, at, directory.shift);
    if (member !== undefined) members.push(member);
    at += CENTRAL_HEADER_BYTES + variableBytes(view, at + 28, 3);
  }
  return members;
}

/** The sum of the lengths of name, extra field and comment. */
function variableBytes(view: DataView, at: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += view.getUint16(at + 2 * i, true);
  return sum;
}

function readCentralHeader(
  reader: ContainerReader,
  view: DataView,
  at: number,
  shift: number,
): ZipMember | undefined {
  const header = view.getUint32(at + 42, true);
  const packedBytes = view.getUint32(at + 20, true);
  const inflatedBytes = view.getUint32(at + 24, true);
  // Members beyond 4 GiB are too large to be expanded; one that begins there has its offset in its extra field.
  if (packedBytes === IN_ZIP64 || inflatedBytes === IN_ZIP64) return undefined;
  const headerOffset = header === IN_ZIP64 ? readOffset64(view, at) : header;
  if (headerOffset === undefined) return undefined;
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  return locateMember(reader, headerOffset + shift, { flags, method, packedBytes, inflatedBytes });
}

/** The offset in the zip64 extra field of a central header whose other sizes are in the header itself. */
function readOffset64(view: DataView, header: number): number | undefined {
  let at = header + CENTRAL_HEADER_BYTES + view.getUint16(header + 28, true);
  const end = Math.min(at + view.getUint16(header + 30, true), view.byteLength);
  while (at + 4 <= end) {
    const sizeBytes = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1) {
      return sizeBytes >= 8 && at + 12 <= end ? Number(view.getBigUint64(at + 4, true)) : undefined;
    }
    at += 4 + sizeBytes;
  }
  return undefined;
}

interface MemberFacts {
  readonly flags: number;
  readonly method: number;
  readonly packedBytes: number;
  readonly inflatedBytes: number;
}

function locateMember(
  reader: ContainerReader,
  headerOffset: number,
  facts: MemberFacts,
): ZipMember | undefined {
  const { flags, method, packedBytes, inflatedBytes } = facts;
  if ((flags & ENCRYPTED_FLAG) !== 0 || (method !== STORED && method !== DEFLATED)) return undefined;
  if (!Number.isSafeInteger(headerOffset) || headerOffset < 0) return undefined;
  const view = readUpTo(reader, headerOffset, LOCAL_HEADER_BYTES);
  if (view.byteLength < LOCAL_HEADER_BYTES || view.getUint32(0, true) !== LOCAL_HEADER) return undefined;
  const offset = headerOffset + LOCAL_HEADER_BYTES + variableBytes(view, 26, 2);
  if (offset + packedBytes > reader.sizeBytes) return undefined;
  return { deflated: method === DEFLATED, offset, packedBytes, inflatedBytes };
}

function findDirectory(reader: ContainerReader): Directory | undefined {
  const tailOffset = Math.max(0, reader.sizeBytes - TAIL_BYTES);
  const tail = readUpTo(reader, tailOffset, TAIL_BYTES);
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  let at = tail.byteLength - END_RECORD_BYTES;
  while (at >= 0) {
    at = bytes.lastIndexOf(END_RECORD_MAGIC, at);
    if (at < 0) break;
    const directory = readEndRecord(reader, tail, at, tailOffset);
    if (directory !== undefined) return directory;
    at--;
  }
  return undefined;
}

function readEndRecord(
  reader: ContainerReader,
  tail: DataView,
  at: number,
  tailOffset: number,
): Directory | undefined {
  const sizeBytes = tail.getUint32(at + 12, true);
  const stated = tail.getUint32(at + 16, true);
  if (sizeBytes === IN_ZIP64 || stated === IN_ZIP64) return readEnd64(reader, tailOffset + at);
  return checkDirectory(reader, { sizeBytes, stated, end: tailOffset + at });
}

function readEnd64(reader: ContainerReader, endRecord: number): Directory | undefined {
  const locatorOffset = endRecord - END64_LOCATOR_BYTES;
  if (locatorOffset < END64_RECORD_BYTES) return undefined;
  const locator = readUpTo(reader, locatorOffset, END64_LOCATOR_BYTES);
  if (locator.getUint32(0, true) !== END64_LOCATOR) return undefined;
  const recordOffset = locatorOffset - END64_RECORD_BYTES;
  const record = readUpTo(reader, recordOffset, END64_RECORD_BYTES);
  if (record.getUint32(0, true) !== END64_RECORD) return undefined;
  const sizeBytes = Number(record.getBigUint64(40, true));
  const stated = Number(record.getBigUint64(48, true));
  return checkDirectory(reader, { sizeBytes, stated, end: recordOffset });
}

/** The directory lies right before its end record; where it says it begins tells what lies before the zip. */
function checkDirectory(
  reader: ContainerReader,
  { sizeBytes, stated, end }: { sizeBytes: number; stated: number; end: number },
): Directory | undefined {
  const offset = end - sizeBytes;
  if (sizeBytes < CENTRAL_HEADER_BYTES || sizeBytes > DIRECTORY_BYTES_MAX || offset < 0) return undefined;
  const first = readUpTo(reader, offset, 4);
  if (first.byteLength < 4 || first.getUint32(0, true) !== CENTRAL_HEADER) return undefined;
  return { offset, sizeBytes, shift: offset - stated };
}

function listByLocalHeaders(reader: ContainerReader): ZipMember[] {
  const members: ZipMember[] = [];
  let at = 0;
  while (members.length < MEMBERS_MAX) {
    const view = readUpTo(reader, at, LOCAL_HEADER_BYTES);
    if (view.byteLength < LOCAL_HEADER_BYTES || view.getUint32(0, true) !== LOCAL_HEADER) break;
    const flags = view.getUint16(6, true);
    const packedBytes = view.getUint32(18, true);
    // Where the sizes follow the data only the directory tells how long that is.
    if ((flags & SIZES_FOLLOW_FLAG) !== 0 || packedBytes === IN_ZIP64) break;
    const facts = {
      flags,
      method: view.getUint16(8, true),
      packedBytes,
      inflatedBytes: view.getUint32(22, true),
    };
    const member = locateMember(reader, at, facts);
    if (member !== undefined) members.push(member);
    at += LOCAL_HEADER_BYTES + variableBytes(view, 26, 2) + packedBytes;
  }
  return members;
}

function dropOverlaps(members: readonly ZipMember[]): ZipMember[] {
  const sorted = members.toSorted((a, b) => a.offset - b.offset);
  let end = 0;
  return sorted.filter(({ offset, packedBytes }) => {
    if (offset < end) return false;
    end = offset + packedBytes;
    return true;
  });
}
