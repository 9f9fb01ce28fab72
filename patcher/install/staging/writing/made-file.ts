import { chmodSync, closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { AppError, type ErrorData } from '../../../errors.ts';
import type { Flushes, FlushFailure } from '../../disk/flushes.ts';
import { hasErrno, installErrors, toInstallError } from '../../install-errors.ts';
import type { StagedFile } from '../../state/journal-format.ts';

/** A file in staging that has its bytes and its mode, and is open for its flush. */
export interface MadeFile {
  readonly kind: 'made';
  readonly descriptor: number;
  readonly file: StagedFile;
}

/** It has its hash and its mode, and was flushed. */
export interface CompleteFile {
  readonly kind: 'complete';
  readonly file: StagedFile;
}

export interface FailedFile {
  readonly kind: 'failed';
  readonly error: ErrorData;
}

/** Flush a file and close it. @param done Called once, perhaps before this returns. */
export function flushMade(
  { path, staged }: { readonly path: string; readonly staged: string },
  { descriptor, file }: MadeFile,
  flushes: Flushes,
  done: (outcome: CompleteFile | FailedFile) => void,
): void {
  const close = (failure: FlushFailure): CompleteFile => {
    closeSync(descriptor);
    if (failure === undefined) return { kind: 'complete', file };
    // The kernel may call lost pages clean, so the file is never flushed again but made anew.
    unlinkSync(staged);
    throw installErrors.error('INSTALL_DISK_FAILING', { path }, failure);
  };
  flushes.flush(descriptor, (failure) => done(outcomeOf(() => close(failure))));
}

/** @throws What is our own mistake; what goes wrong with the file is the outcome. */
export function outcomeOf<Outcome>(work: () => Outcome): Outcome | FailedFile {
  try {
    return work();
  } catch (error) {
    const known = toInstallError(error);
    if (!(known instanceof AppError)) throw known;
    return { kind: 'failed', error: known.toData() };
  }
}

/** O_NOFOLLOW: the name must be ours. Staging is private (0700), so nobody else can plant one. */
export function openOwn(file: string, mode: number, more = 0): number {
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | more;
  try {
    return openSync(file, flags, mode);
  } catch (error) {
    if (!hasErrno(error, 'EACCES')) throw error;
  }
  // A job that was killed had already given it the manifest's mode, which may forbid writing.
  chmodSync(file, 0o600);
  return openSync(file, flags);
}
