import { createHash } from 'node:crypto';
import { closeSync, fchmodSync, fstatSync, ftruncateSync, readSync } from 'node:fs';
import type { Flushes } from '../../disk/flushes.ts';
import {
  type CompleteFile,
  type FailedFile,
  flushMade,
  type MadeFile,
  openOwn,
  outcomeOf,
} from './made-file.ts';

/** A file of several spans that is full. */
export interface FullFile {
  /** Its tree path. */
  readonly path: string;
  /** Where it is staged. */
  readonly staged: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export type FullOutcome = CompleteFile | FailedFile | { readonly kind: 'wrong' };

const STEP_BYTES = 2 ** 20;

/** Check a full file against its hash, give it its mode and flush it. All but the flush is done where it is asked for. */
export function checkFull(file: FullFile, flushes: Flushes): Promise<FullOutcome> {
  return new Promise((resolve) => {
    const made = outcomeOf(() => finish(file));
    if (made.kind === 'made') flushMade(file, made, flushes, resolve);
    else resolve(made);
  });
}

function finish({ staged, mode, sizeBytes, sha256 }: FullFile): MadeFile | { readonly kind: 'wrong' } {
  const descriptor = openOwn(staged, 0o600);
  let isRight = false;
  try {
    // Zeros at its end were left out.
    ftruncateSync(descriptor, sizeBytes);
    if (hashAll(descriptor, sizeBytes) !== sha256) return { kind: 'wrong' };
    // umask took bits away when it was made: this sets exactly the manifest's.
    fchmodSync(descriptor, mode);
    const { size, mtimeMs } = fstatSync(descriptor);
    isRight = true;
    return { kind: 'made', descriptor, file: { sizeBytes: size, modifiedMs: mtimeMs } };
  } finally {
    if (!isRight) closeSync(descriptor);
  }
}

function hashAll(descriptor: number, sizeBytes: number): string {
  const hash = createHash('sha256');
  const step = Buffer.allocUnsafe(Math.min(STEP_BYTES, Math.max(1, sizeBytes)));
  for (let at = 0; at < sizeBytes; ) {
    const read = readSync(descriptor, step, 0, Math.min(step.length, sizeBytes - at), at);
    if (read === 0) break;
    hash.update(step.subarray(0, read));
    at += read;
  }
  return hash.digest('hex');
}
