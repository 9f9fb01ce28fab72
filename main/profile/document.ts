import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { launcherErrors } from '../launcher-errors.ts';

/** One JSON file of the profile: read once, kept in memory, written whole and atomically. */
export interface Document<Value> {
  readonly get: () => Value;
  /** Change the value in memory at once; resolves when it is on disk. Writes are in order and coalesced. */
  readonly update: (change: (value: Value) => Value) => Promise<void>;
  /** Resolves when every change so far is on disk, or could not be written. */
  readonly settled: () => Promise<void>;
  /** Where an unreadable earlier file was put, or null. */
  readonly keptAside: string | null;
}

export interface DocumentOptions<Value> {
  readonly file: string;
  /** Its version is part of the file; an older or newer file is kept aside and the defaults are used. */
  readonly version: number;
  readonly schema: z.ZodType<Value>;
  readonly defaults: Value;
  readonly now: () => number;
}

/**
 * Open a JSON document of the profile.
 * A file that does not parse, fails its schema or has another version is renamed to `<file>.kept-<time>` and the defaults take its place.
 * @throws {AppError} `PROFILE_NOT_WRITABLE`.
 */
export async function openDocument<Value>(options: DocumentOptions<Value>): Promise<Document<Value>> {
  const found = await readDocument(options);
  let value = found.value;
  let writing: Promise<void> | undefined;
  let dirty = false;

  const writeAll = async () => {
    try {
      while (dirty) {
        dirty = false;
        await writeAtomically(options.file, JSON.stringify({ version: options.version, value }, null, 2));
      }
    } finally {
      // Cleared in the same turn that saw nothing dirty, so that no change falls between two writers.
      writing = undefined;
    }
  };
  return {
    keptAside: found.keptAside,
    get: () => value,
    settled: async () => {
      await writing?.catch(() => undefined); // Whoever made the change has the error.
    },
    update: (change) => {
      value = change(value);
      dirty = true;
      writing ??= writeAll();
      return writing;
    },
  };
}

async function readDocument<Value>(
  options: DocumentOptions<Value>,
): Promise<{ value: Value; keptAside: string | null }> {
  let text: string;
  try {
    text = await readFile(options.file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return { value: options.defaults, keptAside: null };
    throw launcherErrors.error('PROFILE_NOT_WRITABLE', { folder: path.dirname(options.file) }, cause);
  }
  const value = parseDocument(options, text);
  if (value !== undefined) return { value, keptAside: null };
  const keptAside = `${options.file}.kept-${options.now()}`;
  await rename(options.file, keptAside);
  return { value: options.defaults, keptAside };
}

function parseDocument<Value>(options: DocumentOptions<Value>, text: string): Value | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined; // A torn or edited file: the caller keeps it aside.
  }
  if (typeof raw !== 'object' || raw === null || !('version' in raw) || !('value' in raw)) return undefined;
  if (raw.version !== options.version) return undefined;
  const parsed = options.schema.safeParse(raw.value);
  return parsed.success ? parsed.data : undefined;
}

/** Replace a file so that a reader, or a power cut, sees the old text or the new one. Mode 0600. */
export async function writeAtomically(file: string, text: string | Uint8Array): Promise<void> {
  const folder = path.dirname(file);
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw launcherErrors.error('PROFILE_NOT_WRITABLE', { folder, errno: errnoOf(cause) }, cause);
  }
}

/** True when the error says that a file or folder is not there. */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}

/** The operating system's code of an error, such as `ENOSPC`, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
