import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { computeSha256Bytes, equalSha256, sha256BytesAt } from '../../formats/sha256.ts';
import type { ReportBytes } from '../../threads/task-server.ts';
import { RealFolders } from '../disk/real-folders.ts';
import { createLooks, LOOK_KINDS, type LookColumns } from './tree-looks.ts';

/** Entries of a build, and parts of its large files, to be looked at and hashed; a row is one of them. */
export interface PieceTask {
  /** Real path of the tree. */
  readonly root: string;
  readonly paths: readonly string[];
  /** What should be there: kinds of `LOOK_KINDS`. */
  readonly kinds: Uint8Array;
  /** Where the first chunk of the row begins in its file. */
  readonly offsets: Float64Array;
  readonly chunkCounts: Uint32Array;
  /** Of the chunks of all rows, one row after the other. */
  readonly chunkBytes: Uint32Array;
  /** `32 × chunks` bytes: what each should hash to. */
  readonly sha256: Uint8Array;
}

/** A range that does not hash to what it should, or is not there. */
export interface WrongRange {
  /** Row of the task. */
  readonly piece: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface PieceResult {
  readonly looks: LookColumns;
  readonly wrong: readonly WrongRange[];
}

/** Without it (Windows), links are told by looking before opening. O_NONBLOCK: a pipe in a file's place must not hang. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const OPEN_FLAGS = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);

/** One for all chunks a thread hashes: a buffer each would be garbage faster than it is collected. */
let room = Buffer.alloc(0);

/** See what lies at each path, and name the chunks that are wrong. A file that cannot be read is wrong in all of them. */
export function hashPieces(task: PieceTask, report: ReportBytes): PieceResult {
  const { root, paths, kinds, chunkCounts } = task;
  const folders = new RealFolders(root);
  const looks = createLooks(paths.length);
  const wrong: WrongRange[] = [];
  let chunk = 0;
  paths.forEach((treePath, piece) => {
    const chunks = { piece, first: chunk, end: chunk + (chunkCounts[piece] as number) };
    chunk = chunks.end;
    const absolute = `${root}/${treePath}`;
    if (!folders.reach(treePath)) return;
    if (kinds[piece] !== LOOK_KINDS.file) {
      noteLook(looks, piece, absolute, lookAt(absolute));
      return;
    }
    const descriptor = openFile(absolute);
    try {
      const stats = descriptor === undefined ? lookAt(absolute) : fstatSync(descriptor);
      noteLook(looks, piece, absolute, stats);
      if (stats?.isFile() === true) hashChunks(task, chunks, descriptor, { wrong, report });
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  });
  return { looks, wrong };
}

function hashChunks(
  task: PieceTask,
  { piece, first, end }: { readonly piece: number; readonly first: number; readonly end: number },
  descriptor: number | undefined,
  { wrong, report }: { readonly wrong: WrongRange[]; readonly report: ReportBytes },
): void {
  let offset = task.offsets[piece] as number;
  for (let chunk = first; chunk < end; chunk++) {
    const sizeBytes = task.chunkBytes[chunk] as number;
    const bytes = descriptor === undefined ? undefined : readOrUndefined(descriptor, offset, sizeBytes);
    const right =
      bytes !== undefined && equalSha256(computeSha256Bytes(bytes), sha256BytesAt(task.sha256, chunk));
    if (!right) wrong.push({ piece, offset, sizeBytes });
    offset += sizeBytes;
    report(sizeBytes);
  }
}

function noteLook(looks: LookColumns, row: number, absolute: string, stats: Stats | undefined): void {
  if (stats === undefined) return;
  looks.kinds[row] = kindOf(stats);
  looks.modes[row] = stats.mode & 0o777;
  looks.sizeBytes[row] = stats.size;
  if (stats.isSymbolicLink()) looks.targets.set(row, readTarget(absolute));
}

function kindOf(stats: Stats): number {
  if (stats.isFile()) return LOOK_KINDS.file;
  if (stats.isDirectory()) return LOOK_KINDS.directory;
  return stats.isSymbolicLink() ? LOOK_KINDS.link : LOOK_KINDS.other;
}

function openFile(absolute: string): number | undefined {
  try {
    if (NO_FOLLOW === 0 && lookAt(absolute)?.isFile() !== true) return undefined;
    return openSync(absolute, OPEN_FLAGS);
  } catch {
    // Whatever forbids reading it, the file cannot be played: it is reported as damage and made anew.
    return undefined;
  }
}

/** What cannot even be looked at is not there for whoever plays. */
function lookAt(absolute: string): Stats | undefined {
  try {
    return lstatSync(absolute, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Gone in the meantime: a target no link of a build has. */
function readTarget(absolute: string): string {
  try {
    return readlinkSync(absolute);
  } catch {
    return '';
  }
}

function readOrUndefined(descriptor: number, offset: number, sizeBytes: number): Uint8Array | undefined {
  if (room.length < sizeBytes) room = Buffer.allocUnsafeSlow(sizeBytes);
  try {
    for (let done = 0; done < sizeBytes; ) {
      const read = readSync(descriptor, room, done, sizeBytes - done, offset + done);
      if (read === 0) return undefined;
      done += read;
    }
    return room.subarray(0, sizeBytes);
  } catch {
    // A failing sector: damage like any other.
    return undefined;
  }
}
