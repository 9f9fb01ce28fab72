import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { ByteIntervals } from '../../plan/byte-intervals.ts';
import { atOnce, inSlices, isPause, type Slices } from '../../threads/slices.ts';

/** First bytes of a journal: name and format version. */
export const JOURNAL_MAGIC = Buffer.from('GTRYJNL1');
/** Longest payload; a length beyond it is damage. */
const PAYLOAD_BYTES_MAX = 64 * 1024;
/** Type u8, payload length u32, CRC-32 u32. */
const FRAME_BYTES = 9;

const TYPE = { begin: 1, state: 2, extent: 3, staged: 4, dropped: 5, batch: 6 } as const;

/**
 * The states of a job, in order; `rolling-back` leads from `committing` back to `verified`.
 * `copied` and `switched` are those of a move, after `planned`.
 */
export const JOB_STATES = [
  'planned',
  'downloading',
  'staged',
  'verified',
  'committing',
  'moved-aside',
  'rolling-back',
  'done',
  'copied',
  'switched',
] as const;
export type JobState = (typeof JOB_STATES)[number];

const buildSchema = z.object({
  buildId: z.int().nonnegative(),
  version: z.string().max(200),
  manifestSha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const beginSchema = z.object({
  job: z.enum(['build', 'uninstall', 'move']),
  /** The build to arrive at; null for an uninstall and a move. */
  build: buildSchema.nullable(),
  keepPreserved: z.boolean().optional(),
  /** Of a build: keep the files it replaces, for a rollback. */
  keepReplaced: z.boolean().optional(),
  /** Of a build: entries of the folders that are staged whole. */
  folders: z.array(z.int().min(0)).optional(),
  /** Of a move: where from and where to, and whether that is a matter of renaming. */
  from: z.string().min(1).max(4096).optional(),
  to: z.string().min(1).max(4096).optional(),
  how: z.enum(['rename', 'copy']).optional(),
});
const stateSchema = z.object({ state: z.enum(JOB_STATES) });

/** A build as the install's records name it. */
export type BuildIdentity = z.infer<typeof buildSchema>;
export type JobBegin = z.infer<typeof beginSchema>;
export { buildSchema as buildIdentitySchema };

/** How far a batch of a low-space update is: each is flushed before what follows it begins. */
export const BATCH_PHASES = ['staging', 'clearing', 'placing', 'placed'] as const;
export type BatchPhase = (typeof BATCH_PHASES)[number];

/** Where a low-space update is. */
export interface BatchState {
  readonly index: number;
  readonly phase: BatchPhase;
}

/** What is known of a file when it was complete in staging, to notice if someone touched it since. */
export interface StagedFile {
  readonly sizeBytes: number;
  /** Modification time in ms, as the file system gave it. */
  readonly modifiedMs: number;
}

/** Everything a journal says. */
export interface JournalContent {
  readonly begin: JobBegin;
  readonly state: JobState;
  /** New entry index → what is written of it, or 'complete'. */
  readonly staged: Map<number, ByteIntervals | 'complete'>;
  readonly stagedFiles: Map<number, StagedFile>;
  /** Of a low-space update whose steps are written down. */
  readonly batch: BatchState | undefined;
  /** Bytes of whole records; what follows is a torn tail. */
  readonly validBytes: number;
}

export type JournalRecord =
  | { readonly type: 'begin'; readonly begin: JobBegin }
  | { readonly type: 'state'; readonly state: JobState }
  | { readonly type: 'extent'; readonly entry: number; readonly offset: number; readonly sizeBytes: number }
  | { readonly type: 'staged'; readonly entry: number; readonly file: StagedFile }
  | { readonly type: 'batch'; readonly batch: BatchState }
  /** What was staged of an entry is not to be trusted. */
  | { readonly type: 'dropped'; readonly entry: number };

/** Bytes of the payloads that are no text. */
const PAYLOAD_BYTES = { extent: 16, staged: 20, dropped: 4, batch: 5 } as const;

/** @see docs/formats/journal.md */
export function serializeRecord(record: JournalRecord): Uint8Array {
  return serializeRecords([record]);
}

/** Many records that follow each other. With memory of its own for each, those of 3,000 files would take 2 % of their install. */
export function serializeRecords(records: readonly JournalRecord[]): Uint8Array {
  const texts = records.map(textOf);
  const payloadBytes = records.map((record, index) => texts[index]?.length ?? payloadBytesOf(record));
  const bytes = Buffer.alloc(payloadBytes.reduce((sum, length) => sum + FRAME_BYTES + length, 0));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (const [index, record] of records.entries()) {
    const length = payloadBytes[index] as number;
    const end = at + 5 + length;
    view.setUint8(at, TYPE[record.type]);
    view.setUint32(at + 1, length, true);
    const text = texts[index];
    if (text === undefined) writePayload(view, at + 5, record);
    else bytes.set(text, at + 5);
    view.setUint32(end, crc32(bytes.subarray(at, end)), true);
    at = end + 4;
  }
  return bytes;
}

function payloadBytesOf({ type }: JournalRecord): number {
  return type === 'begin' || type === 'state' ? 0 : PAYLOAD_BYTES[type];
}

/** The payload of a record that is text; undefined for others. */
function textOf(record: JournalRecord): Buffer | undefined {
  if (record.type === 'begin') return Buffer.from(JSON.stringify(record.begin));
  if (record.type === 'state') return Buffer.from(JSON.stringify({ state: record.state }));
  return undefined;
}

function writePayload(view: DataView, at: number, record: JournalRecord): void {
  switch (record.type) {
    case 'extent':
      view.setUint32(at, record.entry, true);
      view.setFloat64(at + 4, record.offset, true);
      view.setUint32(at + 12, record.sizeBytes, true);
      break;
    case 'staged':
      view.setUint32(at, record.entry, true);
      view.setFloat64(at + 4, record.file.sizeBytes, true);
      view.setFloat64(at + 12, record.file.modifiedMs, true);
      break;
    case 'batch':
      view.setUint32(at, record.batch.index, true);
      view.setUint8(at + 4, BATCH_PHASES.indexOf(record.batch.phase));
      break;
    case 'dropped':
      view.setUint32(at, record.entry, true);
      break;
    case 'begin':
    case 'state':
      break;
  }
}

/**
 * Read a journal. A torn or damaged record ends it: what was written after it never counts.
 * @returns undefined when not even its beginning is whole, so no job had begun.
 */
export function parseJournal(bytes: Uint8Array): JournalContent | undefined {
  return atOnce(parseBySlices(bytes));
}

/** As {@link parseJournal}, for a thread whose event loop has more to do. */
export function parseJournalInSlices(bytes: Uint8Array): Promise<JournalContent | undefined> {
  return inSlices(parseBySlices(bytes));
}

function* parseBySlices(bytes: Uint8Array): Slices<JournalContent | undefined> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!buffer.subarray(0, JOURNAL_MAGIC.length).equals(JOURNAL_MAGIC)) return undefined;
  const staged = new Map<number, ByteIntervals | 'complete'>();
  const stagedFiles = new Map<number, StagedFile>();
  let begin: JobBegin | undefined;
  let state: JobState = 'planned';
  let batch: BatchState | undefined;
  let at = JOURNAL_MAGIC.length;
  for (let records = 0; ; records++) {
    if (isPause(records)) yield;
    const frame = readFrame(buffer, at);
    const record = frame === undefined ? undefined : parsePayload(frame.type, frame.payload);
    if (frame === undefined || record === undefined) break;
    if ((record.type === 'begin') !== (begin === undefined)) break;
    at = frame.end;
    if (record.type === 'begin') begin = record.begin;
    else if (record.type === 'state') state = record.state;
    else if (record.type === 'batch') batch = record.batch;
    else applyToStaged(record, staged, stagedFiles);
  }
  return begin === undefined ? undefined : { begin, state, staged, stagedFiles, batch, validBytes: at };
}

function applyToStaged(
  record: Exclude<JournalRecord, { type: 'begin' | 'state' | 'batch' }>,
  staged: Map<number, ByteIntervals | 'complete'>,
  stagedFiles: Map<number, StagedFile>,
): void {
  const { entry } = record;
  if (record.type === 'staged') {
    staged.set(entry, 'complete');
    stagedFiles.set(entry, record.file);
  } else if (record.type === 'dropped') {
    staged.delete(entry);
    stagedFiles.delete(entry);
  } else {
    const known = staged.get(entry);
    const intervals = known === undefined || known === 'complete' ? new ByteIntervals() : known;
    intervals.add(record.offset, record.sizeBytes);
    staged.set(entry, intervals);
  }
}

function readFrame(buffer: Buffer, at: number): { type: number; payload: Buffer; end: number } | undefined {
  if (at + FRAME_BYTES > buffer.length) return undefined;
  const length = buffer.readUInt32LE(at + 1);
  const end = at + FRAME_BYTES + length;
  if (length > PAYLOAD_BYTES_MAX || end > buffer.length) return undefined;
  if (crc32(buffer.subarray(at, end - 4)) !== buffer.readUInt32LE(end - 4)) return undefined;
  return { type: buffer.readUInt8(at), payload: buffer.subarray(at + 5, end - 4), end };
}

function parsePayload(type: number, payload: Buffer): JournalRecord | undefined {
  if (type === TYPE.begin) {
    const begin = beginSchema.safeParse(parseJson(payload));
    return begin.success ? { type: 'begin', begin: begin.data } : undefined;
  }
  if (type === TYPE.state) {
    const state = stateSchema.safeParse(parseJson(payload));
    return state.success ? { type: 'state', state: state.data.state } : undefined;
  }
  if (type === TYPE.extent && payload.length === 16) {
    const offset = payload.readDoubleLE(4);
    if (!Number.isSafeInteger(offset) || offset < 0) return undefined;
    return { type: 'extent', entry: payload.readUInt32LE(0), offset, sizeBytes: payload.readUInt32LE(12) };
  }
  if (type === TYPE.staged && payload.length === 20) {
    const file = { sizeBytes: payload.readDoubleLE(4), modifiedMs: payload.readDoubleLE(12) };
    return { type: 'staged', entry: payload.readUInt32LE(0), file };
  }
  if (type === TYPE.batch && payload.length === 5) {
    const phase = BATCH_PHASES[payload.readUInt8(4)];
    return phase === undefined
      ? undefined
      : { type: 'batch', batch: { index: payload.readUInt32LE(0), phase } };
  }
  if (type === TYPE.dropped && payload.length === 4)
    return { type: 'dropped', entry: payload.readUInt32LE(0) };
  return undefined;
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    // Not JSON is damage like any other: the schema refuses it.
    return undefined;
  }
}
