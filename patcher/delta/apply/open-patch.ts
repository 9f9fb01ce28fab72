import { type FileHandle, open, stat } from 'node:fs/promises';
import { AppError } from '../../errors.ts';
import type { Patch, PatchSegment } from '../../formats/patch.ts';
import { invalidPatch } from '../../formats/patch-errors.ts';
import { type Preamble, PREAMBLE_BYTES } from '../../formats/framed-header.ts';
import { parsePatchHeaderInSlices, parsePreamble } from '../../formats/patch-header-parser.ts';
import { deltaErrors } from '../delta-errors.ts';
import { type BytesRoom, ReusableBytes } from './reusable-bytes.ts';

/** Bytes of a patch by range: a local file, or HTTP ranges of a CDN object. */
export interface PatchSource {
  readonly sizeBytes: number;
  /**
   * @param room Memory for the bytes, for a source that has use for it.
   * @returns Exactly `length` bytes, or throws.
   */
  read(offset: number, length: number, signal?: AbortSignal, room?: BytesRoom): Promise<Uint8Array>;
}

/** A patch whose header has been read and checked. */
export interface OpenPatch {
  readonly patch: Patch;
  /**
   * Fetch one segment's body; it is checked by `decodeSegment`.
   * @param room Where it may lie until the room is used again.
   */
  readSegment(segment: PatchSegment, signal?: AbortSignal, room?: BytesRoom): Promise<Uint8Array>;
}

/** Fetched with the preamble: most headers are shorter, and then one request is enough. */
const FIRST_READ_BYTES = 64 * 1024;

/** What reading a header takes for each of its bytes: 23 were seen with listings of 50,000 to 200,000 files. */
const HEADER_TIMES = 24;
/** Of the memory for all; the rest is for Node, the program, and what goes on once the header is read. */
const HEADER_SHARE = 1 / 2;

/**
 * Read a patch's header.
 * @param memoryBytes For all that the process holds: a header that says it is larger than fits is not read.
 * @throws {AppError} `PATCH_FORMAT_INVALID`, `PATCH_VERSION_UNSUPPORTED`, `PATCH_HEADER_TOO_LARGE`, and what the source throws.
 */
export async function openPatch(
  source: PatchSource,
  signal?: AbortSignal,
  memoryBytes = Infinity,
): Promise<OpenPatch> {
  const parse = (first: Uint8Array): Preamble => fitHeader(parsePreamble(first), memoryBytes * HEADER_SHARE);
  const { preamble, packed } = await readFramedHeader(source, parse, signal);
  const patch = await parsePatchHeaderInSlices(preamble, packed);
  const last = patch.segments.at(-1);
  const sizeBytes = last === undefined ? PREAMBLE_BYTES + packed.length : last.offset + last.packedBytes;
  if (sizeBytes !== source.sizeBytes) throw invalidPatch('it is longer or shorter than its segments');
  return withBodies(patch, source);
}

function fitHeader(preamble: Preamble, memoryBytes: number): Preamble {
  const neededBytes = preamble.headerRawBytes * HEADER_TIMES + preamble.headerPackedBytes;
  if (neededBytes > memoryBytes) {
    throw deltaErrors.error('PATCH_HEADER_TOO_LARGE', { neededBytes, memoryBytes });
  }
  return preamble;
}

/** A patch whose header is known, and where its bodies are. */
export function withBodies(patch: Patch, source: PatchSource): OpenPatch {
  return {
    patch,
    readSegment: (segment, abort, room) =>
      readExactly(source, segment.offset, segment.packedBytes, abort, room),
  };
}

/** Read what stands before the bodies, of a patch or of a part; the packed header is not yet checked. */
export async function readFramedHeader(
  source: PatchSource,
  parse: (first: Uint8Array) => Preamble,
  signal?: AbortSignal,
): Promise<{ readonly preamble: Preamble; readonly packed: Uint8Array }> {
  const first = await readExactly(source, 0, Math.min(source.sizeBytes, FIRST_READ_BYTES), signal);
  const preamble = parse(first);
  const end = PREAMBLE_BYTES + preamble.headerPackedBytes;
  if (end > source.sizeBytes) throw invalidPatch('it ends within its header');
  const rest =
    end > first.length
      ? await readExactly(source, first.length, end - first.length, signal)
      : new Uint8Array();
  return { preamble, packed: Buffer.concat([first, rest]).subarray(PREAMBLE_BYTES, end) };
}

async function readExactly(
  source: PatchSource,
  offset: number,
  length: number,
  signal?: AbortSignal,
  room?: BytesRoom,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const bytes = await source.read(offset, length, signal, room);
  if (bytes.length !== length) throw invalidPatch('it ends too early');
  return bytes;
}

/** A patch in a local file; dispose it to close the file. */
export class PatchFile implements PatchSource, AsyncDisposable {
  readonly sizeBytes: number;
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, sizeBytes: number) {
    this.#path = path;
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  /** @throws {AppError} `PATCH_READ_FAILED`, `PATCH_NOT_A_FILE`. */
  static async open(path: string): Promise<PatchFile> {
    try {
      const stats = await stat(path);
      // Read by place, more than once: a pipe has no places, and would be waited for.
      if (!stats.isFile()) throw deltaErrors.error('PATCH_NOT_A_FILE', { path });
      return new PatchFile(path, await open(path, 'r'), stats.size);
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw deltaErrors.error('PATCH_READ_FAILED', { path }, cause);
    }
  }

  async read(
    offset: number,
    length: number,
    _signal?: AbortSignal,
    room: BytesRoom = new ReusableBytes(),
  ): Promise<Uint8Array> {
    const bytes = room.take(length);
    let done = 0;
    try {
      while (done < length) {
        const { bytesRead } = await this.#file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch (cause) {
      throw deltaErrors.error('PATCH_READ_FAILED', { path: this.#path }, cause);
    }
    return bytes.subarray(0, done);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
