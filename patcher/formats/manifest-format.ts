import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { atOnce, inSlices, type Slices } from '../threads/slices.ts';
import { formatErrors } from './format-errors.ts';
import { ManifestSchema } from './gen/manifest_pb.ts';
import type { LaunchTarget as LaunchMessage, Manifest as ManifestMessage } from './gen/manifest_pb.ts';
import type { LaunchTarget, Manifest, Sha256 } from './manifest.ts';
import { checkManifest, checkManifestBySlices } from './manifest-check.ts';
import { toChunkColumns, toEntryColumns, toPackColumns } from './manifest-columns.ts';
import {
  DEFAULT_MANIFEST_LIMITS,
  LAUNCH_BYTES_MAX,
  LAUNCH_TARGETS_MAX,
  type ManifestLimits,
  PRESERVE_PATTERNS_MAX,
} from './manifest-limits.ts';
import { toChunkTable, toEntries, toPacks } from './manifest-rows.ts';
import { computeSha256 } from './sha256.ts';
import { compressFrame, decompressFrame, FrameError } from './zstd-frame.ts';

/** First bytes of every manifest: a byte that is no text, then a name that is. */
const MAGIC = Buffer.from('\u0089GMANIF\n', 'latin1');
const VERSION = 1;
/** Magic 8, version u16, reserved u16, body length u32; little-endian. */
const HEADER_BYTES = 16;
/** Paths and columns shrink by half at this level; hashes, most of the bytes, do not shrink at any. */
const COMPRESSION_LEVEL = 9;
/** The decoder's window, 2^n bytes: zstd never needs more at the levels we write. */
const WINDOW_LOG_MAX = 25;
const LAUNCH_KINDS = { executable: 1, web: 2 } as const;
/** Top-level fields beside the two lists: four today, with room for the optional ones of later writers. */
const SINGLE_FIELDS_MAX = 16;
const LAUNCH_FIELD = 5;

/**
 * Write a manifest. The same manifest gives the same bytes under the same zstd.
 * @throws {AppError} `PATH_…`, `LINK_…`, `FORMAT_MANIFEST_INVALID` when it breaks a rule of the format;
 *   `FORMAT_MANIFEST_TOO_LARGE` when readers would not take it.
 * @see docs/formats/manifest.md
 */
export function serializeManifest(manifest: Manifest): Uint8Array {
  checkManifest(manifest);
  checkWithinLimits(manifest, DEFAULT_MANIFEST_LIMITS);
  const body = toBinary(ManifestSchema, toMessage(manifest));
  checkLimit('bytes', body.length, DEFAULT_MANIFEST_LIMITS.bodyBytesMax);
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt16LE(VERSION, 8);
  header.writeUInt32LE(body.length, 12);
  return Buffer.concat([header, compressFrame(body, { level: COMPRESSION_LEVEL, checksum: true })]);
}

/**
 * Read a manifest from anywhere: every count, index, sum, order, path and link is checked.
 * @param limits What to take at most; the defaults suit any game that fits the design.
 * @throws {AppError} `FORMAT_MANIFEST_…`, `FORMAT_COLUMN_MALFORMED`, `PATH_…`, `LINK_…`; nothing else.
 */
export function parseManifest(bytes: Uint8Array, limits: ManifestLimits = DEFAULT_MANIFEST_LIMITS): Manifest {
  return atOnce(parseBySlices(bytes, limits));
}

/** As {@link parseManifest}, for a thread whose event loop has more to do. */
export function parseManifestInSlices(bytes: Uint8Array): Promise<Manifest> {
  return inSlices(parseBySlices(bytes, DEFAULT_MANIFEST_LIMITS));
}

function* parseBySlices(bytes: Uint8Array, limits: ManifestLimits): Slices<Manifest> {
  const message = parseMessage(decompressBody(bytes, limits));
  const { chunking, entries, chunks, packs } = message;
  if (!chunking || !entries || !chunks || !packs) throw malformed('a part is missing');
  yield;
  const table = yield* toChunkTable(chunks, limits);
  const manifest: Manifest = {
    chunking: {
      minBytes: chunking.minBytes,
      averageBytes: chunking.averageBytes,
      maxBytes: chunking.maxBytes,
    },
    entries: yield* toEntries(entries, table, limits),
    chunks: table,
    packs: toPacks(packs, limits),
    launch: message.launch.map(toLaunchTarget),
    preserve: message.preserve,
  };
  yield* checkManifestBySlices(manifest);
  return manifest;
}

/** The hash a build's manifest is named and signed by: that of its bytes as stored. */
export function manifestSha256(bytes: Uint8Array): Sha256 {
  return computeSha256(bytes);
}

function decompressBody(bytes: Uint8Array, limits: ManifestLimits): Uint8Array {
  checkLimit('stored bytes', bytes.length, limits.storedBytesMax);
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEADER_BYTES));
  if (header.length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw formatErrors.error('FORMAT_MANIFEST_NOT_A_MANIFEST');
  }
  const version = header.readUInt16LE(8);
  if (version > VERSION) {
    throw formatErrors.error('FORMAT_MANIFEST_VERSION_UNSUPPORTED', { version, versionMax: VERSION });
  }
  if (version === 0) throw malformed('it is of version 0');
  if (header.readUInt16LE(10) !== 0) throw malformed('reserved bytes are not zero');
  const bodyBytes = header.readUInt32LE(12);
  checkLimit('bytes', bodyBytes, limits.bodyBytesMax);
  const body = decompress(bytes.subarray(HEADER_BYTES), bodyBytes);
  if (body.length !== bodyBytes) throw malformed('its length is not the one stated');
  return body;
}

function decompress(frame: Uint8Array, outputBytesMax: number): Uint8Array {
  try {
    return decompressFrame(frame, { outputBytesMax, windowLogMax: WINDOW_LOG_MAX });
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw formatErrors.error('FORMAT_MANIFEST_COMPRESSION', { reason: error.message }, error);
  }
}

function parseMessage(body: Uint8Array): ManifestMessage {
  try {
    checkFieldCounts(body);
    return fromBinary(ManifestSchema, body, { readUnknownFields: false });
  } catch (error) {
    throw formatErrors.error('FORMAT_MANIFEST_MALFORMED', { reason: 'its fields cannot be read' }, error);
  }
}

/**
 * Bound how many objects the protobuf reader may make: a body of nothing but empty messages or empty strings
 * would otherwise grow thirty-fold in memory before any count could be checked.
 */
function checkFieldCounts(body: Uint8Array): void {
  const reader = new BinaryReader(body);
  let fields = 0;
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const start = reader.pos;
    reader.skip(wireType, number);
    if (++fields > SINGLE_FIELDS_MAX + LAUNCH_TARGETS_MAX + PRESERVE_PATTERNS_MAX) {
      throw new RangeError('too many fields');
    }
    const launchTooLong = number === LAUNCH_FIELD && reader.pos - start > LAUNCH_BYTES_MAX;
    if (launchTooLong || wireType === WireType.StartGroup) throw new RangeError('a field is not allowed');
  }
}

function toMessage(manifest: Manifest): ManifestMessage {
  return create(ManifestSchema, {
    chunking: manifest.chunking,
    entries: toEntryColumns(manifest.entries),
    chunks: toChunkColumns(manifest.chunks),
    packs: toPackColumns(manifest.packs),
    launch: manifest.launch.map((target) => ({
      ...target,
      kind: LAUNCH_KINDS[target.kind],
      arguments: [...target.arguments],
    })),
    preserve: [...manifest.preserve],
  });
}

function toLaunchTarget(message: LaunchMessage): LaunchTarget {
  const { name, path, workingDirectory } = message;
  return { name, kind: toLaunchKind(message.kind), path, arguments: message.arguments, workingDirectory };
}

function toLaunchKind(kind: number): LaunchTarget['kind'] {
  if (kind === LAUNCH_KINDS.executable) return 'executable';
  if (kind === LAUNCH_KINDS.web) return 'web';
  throw malformed('a launch target is of no known kind');
}

function checkWithinLimits(manifest: Manifest, limits: ManifestLimits): void {
  const references = manifest.entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' ? entry.chunks.length : 0),
    0,
  );
  checkLimit('entries', manifest.entries.length, limits.entriesMax);
  checkLimit('chunks', manifest.chunks.count, limits.chunksMax);
  checkLimit('chunks of files', references, limits.chunkReferencesMax);
  checkLimit('packs', manifest.packs.length, limits.packsMax);
}

function checkLimit(what: string, actual: number, max: number): void {
  if (actual > max) throw formatErrors.error('FORMAT_MANIFEST_TOO_LARGE', { what, actual, max });
}

function malformed(reason: string): Error {
  return formatErrors.error('FORMAT_MANIFEST_MALFORMED', { reason });
}
