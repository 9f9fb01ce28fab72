import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { parseFieldsLine } from './access-log.ts';
import { deliveryErrors } from './errors.ts';
import { parseUsage, type UsageRow } from './usage.ts';

/** Where reading stopped, file by file; JSON, to be stored in the same transaction as the rows. */
export const usageCursorSchema = z.object({
  version: z.literal(1),
  files: z.record(
    z.string(),
    z.object({
      /** Where the next line begins, in bytes of the file, unpacked if it is compressed. */
      offsetBytes: z.int().min(0),
      /** What the file's `#Fields` line announced. */
      fields: z.array(z.string()).optional(),
      /** Size of a compressed file that was read to its end: as long as it stays so, it is not unpacked again. */
      packedBytes: z.int().min(0).optional(),
    }),
  ),
});

export type UsageCursor = z.infer<typeof usageCursorSchema>;
type FileCursor = UsageCursor['files'][string];

export const EMPTY_CURSOR: UsageCursor = { version: 1, files: {} };

export interface UsageBatch {
  /** In no promised order. An id may come again in a later batch when the CDN delivers a line twice. */
  readonly rows: readonly UsageRow[];
  /** Read on from here. */
  readonly cursor: UsageCursor;
  /** Lines that are cut or garbled, by file; they are passed over. */
  readonly rejectedLines: Readonly<Record<string, number>>;
  /** There was more than `rowsMax`: call again. */
  readonly isPartial: boolean;
}

export interface ReadUsageOptions {
  /** Bounds memory; a file is read on where it was left. */
  readonly rowsMax?: number;
}

/**
 * What the logs of a folder tell that the cursor has not seen: CloudFront's `.gz` files, which arrive whole,
 * late and in any order, and the edge's `.log` files, which grow. Nothing is remembered but the cursor.
 * @throws `ACCESS_LOG_UNREADABLE`
 */
export async function readUsage(
  folder: string,
  from: UsageCursor = EMPTY_CURSOR,
  { rowsMax = 100_000 }: ReadUsageOptions = {},
): Promise<UsageBatch> {
  const rows = new Map<string, UsageRow>();
  const rejectedLines: Record<string, number> = {};
  const files: Record<string, FileCursor> = {};
  let isPartial = false;
  for (const name of await listLogs(folder)) {
    const known = from.files[name] ?? { offsetBytes: 0 };
    if (rows.size >= rowsMax) {
      isPartial = true;
      if (from.files[name]) files[name] = known;
      continue;
    }
    const read = await readFileFrom(path.join(folder, name), known, rowsMax - rows.size);
    for (const row of read.rows) rows.set(row.id, row);
    if (read.rejected > 0) rejectedLines[name] = read.rejected;
    files[name] = read.cursor;
    isPartial ||= read.isPartial;
  }
  // Files that are gone leave the cursor, which so never grows beyond the folder.
  return { rows: [...rows.values()], cursor: { version: 1, files }, rejectedLines, isPartial };
}

interface FileRead {
  readonly rows: readonly UsageRow[];
  readonly rejected: number;
  readonly cursor: FileCursor;
  readonly isPartial: boolean;
}

async function listLogs(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => /\.(?:log|gz)$/.test(name)).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []; // No request has been logged yet.
    throw deliveryErrors.error(
      'ACCESS_LOG_UNREADABLE',
      { file: folder, reason: errnoOf(error) ?? 'unknown' },
      error,
    );
  }
}

async function readFileFrom(file: string, from: FileCursor, rowsMax: number): Promise<FileRead> {
  const isCompressed = file.endsWith('.gz');
  const packedBytes = isCompressed ? await sizeOf(file) : undefined;
  if (packedBytes !== undefined && packedBytes === from.packedBytes) {
    return { rows: [], rejected: 0, cursor: from, isPartial: false };
  }
  const rows: UsageRow[] = [];
  let rejected = 0;
  let { offsetBytes, fields } = from;
  let isPartial = false;
  try {
    for await (const { line, endBytes, isWhole } of linesOf(file, from.offsetBytes, isCompressed)) {
      // A growing file's last line is read again once it has its end.
      if (!isWhole && !isCompressed) break;
      if (rows.length >= rowsMax) {
        isPartial = true;
        break;
      }
      offsetBytes = endBytes;
      const announced = parseFieldsLine(line);
      if (announced) fields = [...announced];
      if (line.startsWith('#') || line.trim() === '') continue;
      const row = parseUsage(line, fields);
      if (row) rows.push(row);
      else rejected += 1;
    }
  } catch (error) {
    // A compressed file that ends too early still tells all it holds; the rest counts as one cut line.
    if (!isCompressed || !isZlibError(error)) {
      throw deliveryErrors.error(
        'ACCESS_LOG_UNREADABLE',
        { file, reason: errnoOf(error) ?? 'unknown' },
        error,
      );
    }
    rejected += 1;
  }
  const isDone = packedBytes !== undefined && !isPartial;
  const cursor = { offsetBytes, ...(fields && { fields }), ...(isDone && { packedBytes }) };
  return { rows, rejected, cursor, isPartial };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw deliveryErrors.error('ACCESS_LOG_UNREADABLE', { file, reason: errnoOf(error) ?? 'unknown' }, error);
  }
}

interface LogLine {
  readonly line: string;
  /** Where the next line begins, in bytes of the (unpacked) file. */
  readonly endBytes: number;
  /** It ends with a newline. */
  readonly isWhole: boolean;
}

const NEWLINE = 0x0a;
/** A line longer than any CDN writes is garbage; holding more of it would hand memory to whoever can log. */
const LINE_MAX_BYTES = 256 * 1024;

async function* linesOf(file: string, fromBytes: number, isCompressed: boolean): AsyncGenerator<LogLine> {
  const source = isCompressed ? unpacked(file, fromBytes) : createReadStream(file, { start: fromBytes });
  let held: Buffer = Buffer.alloc(0);
  let at = fromBytes;
  for await (const piece of source) {
    const bytes: Buffer = held.length === 0 ? piece : Buffer.concat([held, piece]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      at += end + 1 - start;
      yield { line: bytes.toString('utf8', start, end), endBytes: at, isWhole: true };
      start = end + 1;
    }
    held = bytes.subarray(start);
    if (held.length > LINE_MAX_BYTES) {
      at += held.length;
      yield { line: 'garbage', endBytes: at, isWhole: true };
      held = Buffer.alloc(0);
    }
  }
  if (held.length > 0) yield { line: held.toString('utf8'), endBytes: at + held.length, isWhole: false };
}

async function* unpacked(file: string, fromBytes: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  // The loop below sees the failure too, through the stream it reads.
  const feeding = pipeline(createReadStream(file), gunzip).catch(() => undefined);
  let skip = fromBytes;
  for await (const piece of gunzip) {
    const bytes: Buffer = piece;
    const kept = bytes.subarray(Math.min(skip, bytes.length));
    skip -= bytes.length - kept.length;
    if (kept.length > 0) yield kept;
  }
  await feeding;
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function isZlibError(error: unknown): boolean {
  return errnoOf(error)?.startsWith('Z_') ?? false;
}
