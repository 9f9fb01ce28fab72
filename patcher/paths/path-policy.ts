import nodePath from 'node:path';
import { AppError } from '../errors.ts';
import { atOnce, isPause, type Slices } from '../threads/slices.ts';
import { pathErrors } from './path-errors.ts';
import { foldPath } from './path-fold.ts';

/** UTF-16 units of one segment (R16): leaves room for staging suffixes below the 255 units of NTFS. */
export const SEGMENT_CHARACTERS_MAX = 120;
/** UTF-8 bytes of one segment: what ext4, APFS and Btrfs hold. */
export const SEGMENT_BYTES_MAX = 255;
/** UTF-16 units of a whole path (R16): leaves 60 of Windows' 260 for the install's own folder. */
export const PATH_CHARACTERS_MAX = 200;
/** UTF-16 units of a link's target: the longest path, climbed to by as many `../`. */
export const LINK_CHARACTERS_MAX = 600;

const CHARACTER_RULES = [
  [/\p{Cc}/u, 'PATH_CONTROL_CHARACTER'],
  [/\\/, 'PATH_BACKSLASH'],
  [/:/, 'PATH_COLON'],
  [/[<>"|?*]/, 'PATH_FORBIDDEN_CHARACTER'],
] as const;

/** What nearly all paths consist of: looked at once, instead of for each rule. */
const PLAIN_CHARACTERS = /^[\w/.+ -]*$/;
/** A segment that no rule but those about lengths and names of devices can refuse. */
const PLAIN_NAME = /^[\w.+ -]*[\w+-]$/;

/**
 * Device names of Windows, alone or before a first dot, blanks between them ignored: `NUL`, `nul.txt`,
 * `COM1 .log`. The superscript digits count as digits there.
 * @see https://learn.microsoft.com/windows/win32/fileio/naming-a-file
 */
const RESERVED_NAME = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³]) *(?:\.|$)/i;

/** The launcher's own folder in every install: what a build puts there would be taken for its records. */
const LAUNCHER_FOLDER = foldPath('.gantry');

/** One entry as the policy sees it; `target` only for links. */
export interface PolicyEntry {
  readonly kind: 'file' | 'link' | 'directory';
  readonly path: string;
  readonly target?: string;
}

/**
 * Check one path of a tree: relative, `/` between segments, storable on every platform.
 * The same function serves the CLI, the service and the launcher.
 * @throws {AppError} `PATH_…`, one code a cause.
 */
export function checkTreePath(path: string): void {
  if (typeof path !== 'string' || !path.isWellFormed()) throw pathErrors.error('PATH_NOT_TEXT');
  if (path === '') throw pathErrors.error('PATH_EMPTY');
  if (path.length > PATH_CHARACTERS_MAX) {
    throw pathErrors.error('PATH_TOO_LONG', { path, charactersMax: PATH_CHARACTERS_MAX });
  }
  if (!PLAIN_CHARACTERS.test(path)) checkCharacters(path);
  if (path.startsWith('/')) throw pathErrors.error('PATH_ABSOLUTE', { path });
  for (const segment of path.split('/')) checkSegment(segment, path);
}

/** {@link checkTreePath} of a path whose folder has passed it. */
function checkBelow(path: string, folderLength: number): void {
  const name = path.slice(folderLength + 1);
  const isPlain =
    path.length <= PATH_CHARACTERS_MAX && PLAIN_NAME.test(name) && name.length <= SEGMENT_CHARACTERS_MAX;
  if (!isPlain || RESERVED_NAME.test(name)) checkTreePath(path);
}

/**
 * Check a link's target: relative, and inside the tree however the links of the tree are combined.
 * A link's own folder is made of real directories (see {@link checkTree}), so `..` parts in front
 * climb exactly that path; `..` after a name is refused, because the name may itself be a link.
 * @param link Path of the link, already checked.
 * @param target As stored, `/` between segments; `.` and empty segments are harmless and allowed.
 * @throws {AppError} `LINK_…`
 */
export function checkLinkTarget(link: string, target: string): void {
  if (target === '') throw pathErrors.error('LINK_EMPTY', { path: link });
  if (target.length > LINK_CHARACTERS_MAX) {
    throw pathErrors.error('LINK_TOO_LONG', { path: link, charactersMax: LINK_CHARACTERS_MAX });
  }
  if (/^[/\\]|^[A-Za-z]:/.test(target)) throw pathErrors.error('LINK_ABSOLUTE', { path: link, target });
  const segments = target.split('/').filter((segment) => segment !== '' && segment !== '.');
  const firstName = segments.findIndex((segment) => segment !== '..');
  const climbs = firstName === -1 ? segments.length : firstName;
  const depth = link.split('/').length - 1;
  if (climbs > depth) throw pathErrors.error('LINK_LEAVES_TREE', { path: link, target });
  const names = segments.slice(climbs);
  if (names.includes('..')) throw pathErrors.error('LINK_PARENT_AFTER_NAME', { path: link, target });
  if (names.length > 0) checkLinkNames(link, target, names.join('/'));
}

/**
 * Check a whole tree: every path and link target, nothing in the launcher's own folder, no two paths equal after NFC and case folding, nothing
 * below a file or a link. Directories without an entry of their own are implied by what they hold.
 * @throws {AppError} `PATH_…` or `LINK_…`, for the first entry at fault.
 */
export function checkTree(entries: Iterable<PolicyEntry>): void {
  atOnce(checkTreeBySlices(entries));
}

/**
 * As {@link checkTree}. Listings are sorted, so that what lies in a folder is forgotten once all of it was seen: for 200,000
 * files it takes 40 MiB. Where that proves untrue the entries are gone through once more, with nothing forgotten.
 * @param entries The same however often they are gone through.
 */
export function* checkTreeBySlices(entries: Iterable<PolicyEntry>): Slices<void> {
  const isChecked = yield* checkEntries(entries, new FoldedTree({ forgets: true }));
  if (!isChecked) yield* checkEntries(entries, new FoldedTree({ forgets: false }));
}

/** @returns False when what the tree has forgotten is asked for. */
function* checkEntries(entries: Iterable<PolicyEntry>, tree: FoldedTree): Slices<boolean> {
  let row = 0;
  for (const entry of entries) {
    if (isPause(row++)) yield;
    const slash = typeof entry.path === 'string' ? entry.path.lastIndexOf('/') : -1;
    if (slash > 0 && tree.hasDirectory(entry.path.slice(0, slash))) checkBelow(entry.path, slash);
    else {
      checkTreePath(entry.path);
      checkLauncherFolder(entry.path);
    }
    tree.add(entry);
    if (tree.hasReturned) return false;
    if (entry.kind === 'link') checkLinkTarget(entry.path, entry.target ?? '');
  }
  return true;
}

/**
 * The absolute path of a tree path inside a root.
 * @param pathModule `path.posix` or `path.win32` in tests; the platform's own otherwise.
 * @throws {AppError} What {@link checkTreePath} throws; `PATH_LEAVES_ROOT` should the result lie outside.
 */
export function resolveInside(
  root: string,
  treePath: string,
  pathModule: Pick<typeof nodePath, 'resolve' | 'relative' | 'isAbsolute' | 'sep'> = nodePath,
): string {
  checkTreePath(treePath);
  const absolute = pathModule.resolve(root, ...treePath.split('/'));
  const back = pathModule.relative(pathModule.resolve(root), absolute);
  const inside = back.split(pathModule.sep).join('/') === treePath && !pathModule.isAbsolute(back);
  if (!inside) throw pathErrors.error('PATH_LEAVES_ROOT', { path: treePath });
  return absolute;
}

function checkCharacters(path: string): void {
  for (const [pattern, code] of CHARACTER_RULES) {
    if (pattern.test(path)) throw pathErrors.error(code, { path });
  }
}

function checkLauncherFolder(path: string): void {
  const slash = path.indexOf('/');
  const top = slash === -1 ? path : path.slice(0, slash);
  if (foldPath(top) === LAUNCHER_FOLDER) throw pathErrors.error('PATH_LAUNCHER_FOLDER', { path });
}

function checkSegment(segment: string, path: string): void {
  if (segment === '') throw pathErrors.error('PATH_EMPTY_SEGMENT', { path });
  if (segment === '.') throw pathErrors.error('PATH_DOT_SEGMENT', { path });
  if (segment === '..') throw pathErrors.error('PATH_PARENT_SEGMENT', { path });
  if (/[. ]$/.test(segment)) throw pathErrors.error('PATH_TRAILING_DOT_OR_SPACE', { path });
  if (RESERVED_NAME.test(segment)) throw pathErrors.error('PATH_RESERVED_NAME', { path });
  if (segment.length > SEGMENT_CHARACTERS_MAX || Buffer.byteLength(segment) > SEGMENT_BYTES_MAX) {
    throw pathErrors.error('PATH_SEGMENT_TOO_LONG', {
      path,
      charactersMax: SEGMENT_CHARACTERS_MAX,
      bytesMax: SEGMENT_BYTES_MAX,
    });
  }
}

function checkLinkNames(link: string, target: string, names: string): void {
  try {
    checkTreePath(names);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw pathErrors.error('LINK_TARGET_REFUSED', { path: link, target, reason: error.code }, error);
  }
}

/** What was placed under a key. */
interface Held {
  readonly path: string;
  readonly directory: boolean;
  readonly implied: boolean;
}

/** A folder some of whose entries were added, and what lies directly in it. */
interface OpenFolder {
  readonly path: string;
  readonly byKey: Map<string, Held>;
}

/**
 * A tree as a file system that folds case and normal forms would hold it. Two paths have one key only where their folders
 * have one too, which is found when the folders are placed; so it is enough to compare what lies in the same folder.
 */
class FoldedTree {
  readonly #forgets: boolean;
  /** Those around what was added last, the root first. */
  readonly #open: OpenFolder[] = [{ path: '', byKey: new Map() }];
  /** By path: those that were left, with what lies in them unless that is forgotten. */
  readonly #left = new Map<string, OpenFolder | undefined>();
  /** Directories already placed, by exact path, so that siblings do not walk up again. */
  readonly #directories = new Set<string>();
  #hasReturned = false;

  /** @param forgets What lies in a folder once something outside of it is added. */
  constructor({ forgets }: { readonly forgets: boolean }) {
    this.#forgets = forgets;
  }

  /** Whether something was added to a folder whose content was forgotten: it was not compared with that. */
  get hasReturned(): boolean {
    return this.#hasReturned;
  }

  /** Whether a folder, or something below it, was added: its path has passed all checks. */
  hasDirectory(path: string): boolean {
    return this.#directories.has(path);
  }

  add(entry: PolicyEntry): void {
    this.#addParents(entry.path);
    this.#place(entry.path, entry.kind === 'directory', false);
  }

  #addParents(path: string): void {
    const slash = path.lastIndexOf('/');
    if (slash === -1) return;
    const parent = path.slice(0, slash);
    if (this.#directories.has(parent)) return;
    this.#addParents(parent);
    this.#place(parent, true, true, path);
  }

  #place(path: string, directory: boolean, implied: boolean, below = path): void {
    const { byKey } = this.#enter(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    const key = foldPath(path);
    const held = byKey.get(key);
    if (held !== undefined) this.#checkSame(held, { path, directory, implied, below });
    byKey.set(key, { path, directory, implied: implied && (held?.implied ?? true) });
    if (directory) this.#directories.add(path);
  }

  /** Leave the folders that this one is not in, and open it. */
  #enter(path: string): OpenFolder {
    for (;;) {
      const last = this.#open.at(-1) as OpenFolder;
      if (last.path === path) return last;
      if (last.path === '' || path.startsWith(`${last.path}/`)) break;
      this.#left.set(last.path, this.#forgets ? undefined : last);
      this.#open.pop();
    }
    this.#hasReturned ||= this.#forgets && this.#left.has(path);
    const folder = this.#left.get(path) ?? { path, byKey: new Map() };
    this.#open.push(folder);
    return folder;
  }

  #checkSame(
    held: Held,
    added: Held & {
      readonly below: string;
    },
  ): void {
    if (held.path !== added.path) {
      throw pathErrors.error('PATH_CASE_COLLISION', { path: added.path, other: held.path });
    }
    if (!held.directory && added.implied) {
      throw pathErrors.error('PATH_UNDER_FILE', { path: added.below, other: held.path });
    }
    if (!added.directory && held.implied) {
      throw pathErrors.error('PATH_UNDER_FILE', { path: `${held.path}/…`, other: added.path });
    }
    if (!held.implied && !added.implied) throw pathErrors.error('PATH_DUPLICATE', { path: added.path });
  }
}
