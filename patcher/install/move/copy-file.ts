import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, open, rm } from 'node:fs/promises';
import { readFully, writeFully } from '../disk/durable-files.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import { lstatOrUndefined } from '../disk/safe-tree.ts';
import type { MoveFile } from './move-list.ts';

const STEP_BYTES = 1024 * 1024;
/** Bytes between two notes of how far a copy came: what a kill costs at most. */
const NOTE_EVERY_BYTES = 64 * 1024 * 1024;
/** Windows has no such flag. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const ZEROS = Buffer.alloc(STEP_BYTES);

export interface CopyFileInput {
  readonly from: string;
  readonly to: string;
  readonly file: MoveFile;
  /** Bytes a stopped copy has already written; they are read back, not copied again. */
  readonly haveBytes: number;
  readonly onBytes: (bytes: number) => void;
  /** Bytes that are written, now and then. */
  readonly onNote: (haveBytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Copy one file and flush it: its SHA-256 is that of the bytes that went through the writing descriptor.
 * @returns The SHA-256 as hex, or undefined when the source is no longer what was listed.
 * @throws {AppError} `INSTALL_DISK_FAILING` when it cannot be flushed; it is then removed.
 */
export async function copyFile(input: CopyFileInput): Promise<string | undefined> {
  const source = await open(input.from, constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await isAsListed(source, input.file))) return undefined;
    const made = await openCopy(input.to);
    try {
      const sha256 = await copyBytes(source, made, input);
      if (sha256 === undefined || !(await isAsListed(source, input.file))) return undefined;
      await made.chmod(input.file.mode);
      await made.utimes(input.file.modifiedMs / 1000, input.file.modifiedMs / 1000);
      await flush(made, input);
      return sha256;
    } finally {
      await made.close();
    }
  } finally {
    await source.close();
  }
}

/** The copy that is to be made, or goes on; one that was killed between its mode and its note may forbid writing. */
async function openCopy(to: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT | NO_FOLLOW;
  try {
    return await open(to, flags, 0o600);
  } catch (error) {
    if (!hasErrno(error, 'EACCES', 'EPERM') || lstatOrUndefined(to)?.isFile() !== true) throw error;
    await chmod(to, 0o600);
    return open(to, flags, 0o600);
  }
}

async function isAsListed(source: FileHandle, file: MoveFile): Promise<boolean> {
  const stats = await source.stat();
  return stats.isFile() && stats.size === file.sizeBytes && stats.mtimeMs === file.modifiedMs;
}

async function copyBytes(
  source: FileHandle,
  made: FileHandle,
  { file, haveBytes, onBytes, onNote, signal }: CopyFileInput,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(STEP_BYTES, Math.max(1, file.sizeBytes)));
  await made.truncate(haveBytes);
  let noted = haveBytes;
  for (let at = 0; at < file.sizeBytes; ) {
    signal.throwIfAborted();
    const isHere = at < haveBytes;
    const end = isHere ? haveBytes : file.sizeBytes;
    const bytes = buffer.subarray(0, Math.min(buffer.length, end - at));
    if ((await readFully(isHere ? made : source, bytes, at)) !== bytes.length) return undefined;
    hash.update(bytes);
    // A run of zeros is left out of a file that had left it out before: the length is set at the end.
    const isHole = file.sparse && bytes.equals(ZEROS.subarray(0, bytes.length));
    if (!isHere && !isHole) await writeFully(made, bytes, at);
    at += bytes.length;
    onBytes(bytes.length);
    if (at - noted >= NOTE_EVERY_BYTES) {
      onNote(at);
      noted = at;
    }
  }
  await made.truncate(file.sizeBytes);
  return hash.digest('hex');
}

/** After a failed flush the kernel may call lost pages clean, so the copy is never flushed again but made anew. */
async function flush(made: FileHandle, { to, file }: CopyFileInput): Promise<void> {
  try {
    await made.sync();
  } catch (error) {
    await rm(to, { force: true });
    throw installErrors.error('INSTALL_DISK_FAILING', { path: file.path }, error);
  }
}
