import { constants } from 'node:fs';
import { chmod, copyFile } from 'node:fs/promises';
import type { EntryOperation } from '../../plan/plan.ts';
import { hasCode } from '../../errors.ts';
import { hasErrno } from '../install-errors.ts';
import type { OldFiles } from './old-files.ts';
import type { StagingJob } from './staging-job.ts';

/** Bytes copied at a time. */
const COPY_STEP_BYTES = 1024 * 1024;

type Copy = Extract<EntryOperation, { kind: 'copy' }>;

/**
 * Stage files whose bytes lie in another old file: as a reflink where the file system has them, else byte by byte.
 * A source that turns out to be missing or wrong leaves the file incomplete, for chunks to complete.
 */
export async function stageCopies(job: StagingJob, copies: readonly Copy[]): Promise<void> {
  for (const { entry, oldEntry } of copies) {
    job.signal?.throwIfAborted();
    const old = job.installed?.manifest.entries[oldEntry];
    if (old?.kind !== 'file' || job.staging.isComplete(entry)) continue;
    if (await cloneWhole(job, entry, old.path)) continue;
    await copyBytes(job, entry, old);
  }
  await job.staging.settle();
}

async function cloneWhole(job: StagingJob, entry: number, oldPath: string): Promise<boolean> {
  if (job.staging.staged.has(entry) || job.tree.look(oldPath)?.isFile() !== true) return false;
  try {
    await copyFile(job.tree.resolve(oldPath), job.staging.pathOf(entry), constants.COPYFILE_FICLONE_FORCE);
    // It may have come with a mode that forbids us to read it.
    await chmod(job.staging.pathOf(entry), 0o600);
  } catch (error) {
    if (hasErrno(error, 'ENOSPC', 'EDQUOT', 'EIO')) throw error;
    // No reflinks here, or the source cannot be read: the plain way tells which.
    await job.staging.discard(entry);
    return false;
  }
  job.staging.fill(entry);
  return true;
}

async function copyBytes(
  job: StagingJob,
  entry: number,
  old: { readonly path: string; readonly sizeBytes: number },
): Promise<void> {
  for (let offset = 0; offset < old.sizeBytes; offset += COPY_STEP_BYTES) {
    job.signal?.throwIfAborted();
    const sizeBytes = Math.min(COPY_STEP_BYTES, old.sizeBytes - offset);
    const staged = job.staging.staged.get(entry);
    if (staged === 'complete' || staged?.covers(offset, sizeBytes) === true) continue;
    const bytes = readOldOrNothing(job, old.path, offset, sizeBytes);
    if (bytes === undefined) return;
    await job.staging.write(entry, offset, bytes);
  }
}

/** Old bytes, or undefined when they cannot be had in full: then they come from the network. */
export function readOldOrNothing(
  { oldFiles }: Pick<StagingJob, 'oldFiles'>,
  path: string,
  offset: number,
  sizeBytes: number,
): Uint8Array | undefined {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  return readOldFully(oldFiles, path, offset, bytes) ? bytes : undefined;
}

/** @returns False when the bytes cannot be had in full. */
export function readOldFully(oldFiles: OldFiles, path: string, offset: number, into: Uint8Array): boolean {
  try {
    return oldFiles.readInto(path, offset, into) === into.length;
  } catch (error) {
    if (
      hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'EINVAL', 'EIO', 'ENXIO')
    ) {
      return false;
    }
    // Something else lies where a folder above it was; what is below a link is not read.
    if (hasCode(error, 'INSTALL_PATH_UNSAFE')) return false;
    throw error;
  }
}
