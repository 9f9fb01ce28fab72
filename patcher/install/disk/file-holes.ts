import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { readFully } from './durable-files.ts';

/**
 * Zeros in whole steps of this many bytes, counted from the file's first, are left out: they read as zeros all the same,
 * and take no space where the file system has holes. Shorter ones would only scatter the file.
 */
const HOLE_STEP_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(HOLE_STEP_BYTES);

/** A part of some bytes; offsets count in them. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly isZero: boolean;
}

/**
 * Part bytes into what has to be written and what may be left out.
 * @param offset Where in the file they go.
 * @returns Stretches in order and without gaps, no two alike beside each other; none for no bytes.
 */
export function partByZeros(bytes: Uint8Array, offset: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + HOLE_STEP_BYTES - ((offset + start) % HOLE_STEP_BYTES));
    const isZero = end - start === HOLE_STEP_BYTES && isAllZero(bytes, start, end);
    const last = stretches.at(-1);
    if (last?.isZero === isZero) stretches[stretches.length - 1] = { ...last, end };
    else stretches.push({ start, end, isZero });
    start = end;
  }
  return stretches;
}

function isAllZero(bytes: Uint8Array, start: number, end: number): boolean {
  // Nearly all bytes that are not zero show it here, without a view of them.
  if (bytes[start] !== 0 || bytes[end - 1] !== 0) return false;
  return ZEROS.subarray(0, end - start).equals(bytes.subarray(start, end));
}

/** Whether a stretch of a file holds nothing but zeros, or is not there yet. */
export async function readsAsZeros(handle: FileHandle, from: number, to: number): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(HOLE_STEP_BYTES);
  for (let at = from; at < to; ) {
    const wanted = buffer.subarray(0, Math.min(buffer.length, to - at));
    const read = await readFully(handle, wanted, at);
    if (!isAllZeroOrEmpty(wanted.subarray(0, read))) return false;
    if (read < wanted.length) return true;
    at += read;
  }
  return true;
}

/** As {@link readsAsZeros}, on the calling thread. */
export function readsAsZerosSync(descriptor: number, from: number, to: number): boolean {
  const buffer = Buffer.allocUnsafe(HOLE_STEP_BYTES);
  for (let at = from; at < to; ) {
    const read = readSync(descriptor, buffer, 0, Math.min(buffer.length, to - at), at);
    if (read === 0) return true;
    if (!isAllZero(buffer, 0, read)) return false;
    at += read;
  }
  return true;
}

function isAllZeroOrEmpty(bytes: Uint8Array): boolean {
  return bytes.length === 0 || isAllZero(bytes, 0, bytes.length);
}
