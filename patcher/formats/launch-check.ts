import { checkTreePath } from '../paths/path-policy.ts';
import type { LaunchTarget, Manifest, TreeEntry } from './manifest.ts';
import { formatErrors } from './format-errors.ts';
import {
  LAUNCH_ARGUMENT_CHARACTERS_MAX,
  LAUNCH_ARGUMENTS_MAX,
  LAUNCH_NAME_CHARACTERS_MAX,
  LAUNCH_TARGETS_MAX,
  PRESERVE_CHARACTERS_MAX,
  PRESERVE_PATTERNS_MAX,
} from './manifest-limits.ts';

/**
 * Check that launch targets name what the tree holds. A `web` target is a file; an `executable` may also be a
 * link or, on macOS, an application's folder.
 * @throws {AppError} `FORMAT_MANIFEST_INVALID`, `PATH_…`
 */
export function checkLaunch({ launch, entries }: Pick<Manifest, 'launch' | 'entries'>): void {
  if (launch.length === 0) return;
  if (launch.length > LAUNCH_TARGETS_MAX)
    throw invalid(`it has more than ${LAUNCH_TARGETS_MAX} launch targets`);
  if (new Set(launch.map((target) => target.name)).size !== launch.length) {
    throw invalid('two launch targets have one name');
  }
  const wanted = new Set(launch.flatMap((target) => [target.path, target.workingDirectory]));
  const kinds = new Map<string, TreeEntry['kind']>();
  for (const { path, kind } of entries) if (wanted.has(path)) kinds.set(path, kind);
  for (const target of launch) checkTarget(target, kinds);
}

/**
 * Check preserve patterns: relative, inside the tree, of bounded length.
 * @throws {AppError} `FORMAT_MANIFEST_INVALID`
 */
export function checkPreserve(preserve: readonly string[]): void {
  if (preserve.length > PRESERVE_PATTERNS_MAX) {
    throw invalid(`it has more than ${PRESERVE_PATTERNS_MAX} preserve patterns`);
  }
  for (const pattern of preserve) {
    const outside = pattern.startsWith('/') || pattern.split('/').includes('..');
    if (!isPlain(pattern, 1, PRESERVE_CHARACTERS_MAX) || outside || pattern.includes('\\')) {
      throw invalid(`the preserve pattern ${JSON.stringify(pattern)} is not allowed`);
    }
  }
}

function checkTarget(target: LaunchTarget, kinds: ReadonlyMap<string, TreeEntry['kind']>): void {
  const label = JSON.stringify(target.name);
  if (!isPlain(target.name, 1, LAUNCH_NAME_CHARACTERS_MAX))
    throw invalid('a launch target has no proper name');
  checkTreePath(target.path);
  const kind = kinds.get(target.path);
  if (kind === undefined) throw invalid(`launch target ${label} names no entry`);
  if (target.kind === 'web' && kind !== 'file') throw invalid(`launch target ${label} is not a file`);
  if (target.workingDirectory !== '' && kinds.get(target.workingDirectory) !== 'directory') {
    throw invalid(`the working directory of launch target ${label} is no directory of the tree`);
  }
  const plain = target.arguments.every((text) => isPlain(text, 0, LAUNCH_ARGUMENT_CHARACTERS_MAX));
  if (!plain || target.arguments.length > LAUNCH_ARGUMENTS_MAX) {
    throw invalid(`the arguments of launch target ${label} are not allowed`);
  }
}

/** Text of bounded length without control characters. */
function isPlain(text: string, charactersMin: number, charactersMax: number): boolean {
  const fits = text.length >= charactersMin && text.length <= charactersMax;
  return fits && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function invalid(reason: string): Error {
  return formatErrors.error('FORMAT_MANIFEST_INVALID', { reason });
}
