import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { ACCESS_LOG_HEADER, type AccessLogEntry, serializeEntry } from '../delivery/access-log.ts';

export interface AccessLogOptions {
  /** Made when missing; read by `delivery/usage-reader.ts`. */
  readonly folder: string;
  /** First part of every file's name, as CloudFront's distribution id is. */
  readonly name?: string;
  /** A new file begins once this many bytes are written. */
  readonly rotateBytes?: number;
  /** A new file begins once the current one is this old, and with every new hour. */
  readonly rotateMs?: number;
  /** Lines wait no longer than this before they are in the file. */
  readonly flushMs?: number;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
}

/** Some 60 MB. Lines wait this long only while the disk refuses them; memory must not follow the disk. */
const WAITING_MAX = 100_000;

interface LogFile {
  readonly handle: FileHandle;
  readonly hour: string;
  readonly openedMs: number;
  bytes: number;
}

/** Writes `<name>.<YYYY-MM-DD-HH>.<random>.log` files that only ever grow, so a reader may follow them. */
export class AccessLogWriter {
  readonly #options: Required<AccessLogOptions>;
  #waiting: string[] = [];
  #file: LogFile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  #droppedLines = 0;

  constructor(options: AccessLogOptions) {
    this.#options = {
      name: 'EDGE',
      rotateBytes: 8 * 1024 * 1024,
      rotateMs: 3_600_000,
      flushMs: 250,
      clock: Date.now,
      ...options,
    };
  }

  /** Lines lost because the disk refused them for too long. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Never waits and never throws: a full disk must not stop a download. {@link flush} tells of failures. */
  write(entry: AccessLogEntry): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#droppedLines += 1;
      return;
    }
    this.#waiting.push(serializeEntry(entry));
    this.#timer ??= setTimeout(() => void this.#drain(), this.#options.flushMs);
  }

  /** Resolves when all lines so far are in the file. @throws What the last failed write threw; its lines are kept and tried again. */
  async flush(): Promise<void> {
    await this.#drain();
    if (this.#failure === undefined) return;
    const failure = this.#failure;
    this.#failure = undefined;
    throw failure;
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file?.handle.close();
      this.#file = undefined;
    }
  }

  #drain(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#append());
    return this.#writing;
  }

  async #append(): Promise<void> {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    try {
      const file = await this.#currentFile();
      const bytes = Buffer.from(lines.join(''));
      await file.handle.appendFile(bytes);
      file.bytes += bytes.length;
    } catch (error) {
      this.#failure = error;
      this.#waiting = [...lines, ...this.#waiting];
    }
  }

  async #currentFile(): Promise<LogFile> {
    const nowMs = this.#options.clock();
    const hour = new Date(nowMs).toISOString().slice(0, 13).replace('T', '-');
    const { rotateBytes, rotateMs, folder, name } = this.#options;
    const current = this.#file;
    if (
      current &&
      current.hour === hour &&
      current.bytes < rotateBytes &&
      nowMs - current.openedMs < rotateMs
    )
      return current;
    this.#file = undefined;
    await current?.handle.close();
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, `${name}.${hour}.${randomBytes(4).toString('hex')}.log`);
    const handle = await open(file, 'ax');
    await handle.appendFile(ACCESS_LOG_HEADER);
    this.#file = { handle, hour, openedMs: nowMs, bytes: ACCESS_LOG_HEADER.length };
    return this.#file;
  }
}
