import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { checkTreeBySlices } from '../paths/path-policy.ts';
import { compareUtf8 } from '../paths/utf8-order.ts';
import { type FileStamp, StampColumns, toStamp } from './file-stamp.ts';
import { scanErrors, toScanError } from './scan-errors.ts';
import { inSlices, isPause, type Slices } from '../threads/slices.ts';

export interface WalkedFile {
  readonly kind: 'file';
  readonly path: string;
  readonly mode: number;
  readonly stamp: FileStamp;
}

export interface WalkedLink {
  readonly kind: 'link';
  readonly path: string;
  readonly target: string;
}

export interface WalkedDirectory {
  readonly kind: 'directory';
  readonly path: string;
  readonly mode: number;
}

export type WalkedEntry = WalkedFile | WalkedLink | WalkedDirectory;

export interface WalkOptions {
  readonly root: string;
  /** Patterns as in `.gitignore`; an ignored folder is not entered. */
  readonly ignore?: readonly string[];
  /** Whether a folder without a file is a tree, too, rather than the wrong folder. */
  readonly mayBeEmpty?: boolean;
  readonly signal?: AbortSignal;
}

/** Permission bits kept; set-user-id, set-group-id and sticky bits have no place in a game. */
const MODE_MASK = 0o777;
/**
 * Windows knows no execute bit: everything gets it there, so that a Linux or macOS depot pushed from Windows
 * starts. Downside: data files carry it too.
 */
const WINDOWS_MODE = 0o755;
/**
 * List a folder without following links.
 * @returns Entries sorted by the UTF-8 bytes of their path, the root itself not among them.
 * @throws {AppError} `SCAN_…`; `PATH_…` and `LINK_…` for what the path policy refuses.
 */
export async function walkTree({
  root,
  ignore: patterns = [],
  mayBeEmpty,
  signal,
}: WalkOptions): Promise<WalkedEntry[]> {
  await checkRoot(root);
  const matcher = patterns.length === 0 ? undefined : ignore({ ignorecase: false }).add([...patterns]);
  const walk: Walk = { root, matcher, signal, entries: [], stamps: new StampColumns() };
  await inSlices(listFolder(walk, ''));
  const { entries } = walk;
  if (mayBeEmpty !== true && !entries.some((entry) => entry.kind !== 'directory')) {
    throw scanErrors.error('SCAN_EMPTY_TREE', { path: root });
  }
  await inSlices(checkTreeBySlices(entries));
  return entries;
}

async function checkRoot(root: string): Promise<void> {
  const stats = await stat(root).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw scanErrors.error('SCAN_ROOT_MISSING', { path: root }, error);
    }
    throw toScanError(error, root);
  });
  if (!stats.isDirectory()) throw scanErrors.error('SCAN_ROOT_NOT_DIRECTORY', { path: root });
}

/** A file whose stamp stays in the columns until it is asked for. */
class ListedFile implements WalkedFile {
  readonly kind = 'file';
  readonly path: string;
  readonly mode: number;
  readonly #stamps: StampColumns;
  readonly #row: number;

  constructor(treePath: string, stats: BigIntStats, stamps: StampColumns) {
    this.path = treePath;
    this.mode = toMode(stats);
    this.#stamps = stamps;
    this.#row = stamps.add(toStamp(stats));
  }

  get stamp(): FileStamp {
    return this.#stamps.at(this.#row);
  }
}

interface Walk {
  readonly root: string;
  readonly matcher: Ignore | undefined;
  readonly signal: AbortSignal | undefined;
  /** What was found. */
  readonly entries: WalkedEntry[];
  /** Room for the next stamps. */
  stamps: StampColumns;
}

/** What comes at some place in the order of a tree: an entry, or all that is in a folder. */
interface Place {
  readonly key: string;
  readonly entry: WalkedEntry;
}

/** In the order of the tree, so that no list of all is to be sorted: what is in `a/` comes after `a-b`. */
function* listFolder(walk: Walk, folder: string): Slices<void> {
  const places: Place[] = [];
  for (const name of readNames(walk.root, folder)) {
    if (isPause(walk.entries.length + places.length)) {
      yield;
      walk.signal?.throwIfAborted();
    }
    const entry = readEntry(walk, folder === '' ? name : `${folder}/${name}`);
    if (entry === undefined) continue;
    places.push({ key: entry.path, entry });
    if (entry.kind === 'directory') places.push({ key: `${entry.path}/`, entry });
  }
  places.sort((left, right) => compareUtf8(left.key, right.key));
  for (const { key, entry } of places) {
    if (key === entry.path) walk.entries.push(entry);
    else yield* listFolder(walk, key.slice(0, -1));
  }
}

/** Names as bytes, a character for each: Node would silently put U+FFFD where a name is not UTF-8. */
function readNames(root: string, folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(path.join(root, folder), { encoding: 'latin1' });
  } catch (error) {
    throw toScanError(error, folder === '' ? root : folder);
  }
  return names.map((name) => (isAscii(name) ? name : decodeName(name, folder === '' ? root : folder)));
}

function isAscii(name: string): boolean {
  for (let at = 0; at < name.length; at++) if (name.charCodeAt(at) > 0x7f) return false;
  return true;
}

function decodeName(bytes: string, folder: string): string {
  try {
    return nameDecoder.decode(Buffer.from(bytes, 'latin1'));
  } catch (error) {
    throw scanErrors.error('SCAN_NAME_NOT_TEXT', { path: folder }, error);
  }
}

const nameDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Synchronous: a thread pool's round trip takes eight times the CPU of a call, and trees have many files. */
function readEntry(walk: Walk, treePath: string): WalkedEntry | undefined {
  const { root, matcher } = walk;
  const absolute = `${root}${path.sep}${treePath}`;
  const stats = readStats(absolute, treePath);
  if (matcher !== undefined && isIgnored(matcher, treePath, stats.isDirectory())) return undefined;
  if (stats.isDirectory()) return { kind: 'directory', path: treePath, mode: toMode(stats) };
  if (stats.isFile()) {
    if (walk.stamps.isFull) walk.stamps = new StampColumns();
    return new ListedFile(treePath, stats, walk.stamps);
  }
  if (stats.isSymbolicLink()) return { kind: 'link', path: treePath, target: readTarget(absolute, treePath) };
  throw scanErrors.error('SCAN_SPECIAL_FILE', { path: treePath });
}

function readStats(absolute: string, treePath: string): BigIntStats {
  try {
    return lstatSync(absolute, { bigint: true });
  } catch (error) {
    throw toScanError(error, treePath);
  }
}

function isIgnored(matcher: Ignore, treePath: string, directory: boolean): boolean {
  // The matcher throws on what is no plain relative path; the path policy names such paths better.
  if (!ignore.isPathValid(treePath)) return false;
  return matcher.ignores(directory ? `${treePath}/` : treePath);
}

function readTarget(absolute: string, treePath: string): string {
  try {
    const target = readlinkSync(absolute);
    return process.platform === 'win32' ? target.replaceAll('\\', '/') : target;
  } catch (error) {
    throw toScanError(error, treePath);
  }
}

function toMode(stats: BigIntStats): number {
  return process.platform === 'win32' ? WINDOWS_MODE : Number(stats.mode) & MODE_MASK;
}
