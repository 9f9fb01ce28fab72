import { writeSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { flushFolder, writeDurably, writeFully } from '../disk/durable-files.ts';
import { hasErrno } from '../install-errors.ts';
import {
  type BatchPhase,
  JOURNAL_MAGIC,
  type JobBegin,
  type JobState,
  type JournalContent,
  type JournalRecord,
  parseJournalInSlices,
  type StagedFile,
  serializeRecord,
  serializeRecords,
} from './journal-format.ts';

/**
 * The append-only record of one job. States are flushed before the call returns; extents are not, because a
 * lost or untrue one costs only work: every file is hashed whole before it counts as staged.
 */
export class Journal {
  readonly #handle: FileHandle;
  #end: number;

  private constructor(handle: FileHandle, end: number) {
    this.#handle = handle;
    this.#end = end;
  }

  /** Begin a new journal in place of any other. */
  static async create(file: string, begin: JobBegin): Promise<Journal> {
    const handle = await open(file, 'w', 0o600);
    return openWhen(handle, async () => {
      const bytes = Buffer.concat([JOURNAL_MAGIC, serializeRecord({ type: 'begin', begin })]);
      await writeFully(handle, bytes, 0);
      await handle.sync();
      await flushFolder(path.dirname(file));
      return new Journal(handle, bytes.length);
    });
  }

  /** Go on with a journal; a torn tail is cut off. */
  static async resume(file: string, content: JournalContent): Promise<Journal> {
    const handle = await open(file, 'r+');
    return openWhen(handle, async () => {
      await handle.truncate(content.validBytes);
      return new Journal(handle, content.validBytes);
    });
  }

  async state(state: JobState): Promise<void> {
    this.#append({ type: 'state', state });
    await this.#handle.sync();
  }

  /** Flushed like a state. */
  async batch(index: number, phase: BatchPhase): Promise<void> {
    this.#append({ type: 'batch', batch: { index, phase } });
    await this.#handle.sync();
  }

  /** Call only after the bytes were written. */
  extent(entry: number, offset: number, sizeBytes: number): void {
    this.#append({ type: 'extent', entry, offset, sizeBytes });
  }

  /** Call only after the file was hashed and flushed. */
  staged(entry: number, file: StagedFile): void {
    this.#append({ type: 'staged', entry, file });
  }

  /** As {@link staged} of many files, by entry, with one write. */
  stagedAll(files: Iterable<readonly [entry: number, file: StagedFile]>): void {
    this.#append(...Array.from(files, ([entry, file]) => ({ type: 'staged', entry, file }) as const));
  }

  dropped(entry: number): void {
    this.#append({ type: 'dropped', entry });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Synchronous, so that records never interleave; some microseconds each. */
  #append(...records: readonly JournalRecord[]): void {
    const bytes = serializeRecords(records);
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#handle.fd, bytes, done, bytes.length - done, this.#end + done);
    }
    this.#end += bytes.length;
  }
}

/** Leave a file open only when what has to be done with it first can be. */
async function openWhen(handle: FileHandle, prepare: () => Promise<Journal>): Promise<Journal> {
  try {
    return await prepare();
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Write a journal anew before acting on what it says. A process that was killed before a flush, or whose flush
 * failed, leaves records that can be read but that a power cut takes back, with everything done since; flushing
 * the same file again would save nothing of what the failed flush dropped.
 */
export async function renewJournal(file: string, { validBytes }: JournalContent): Promise<void> {
  await writeDurably(file, (await readFile(file)).subarray(0, validBytes));
}

/** Read the journal of an install; undefined when no job is pending. */
export async function readJournal(file: string): Promise<JournalContent | undefined> {
  try {
    return await parseJournalInSlices(await readFile(file));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
