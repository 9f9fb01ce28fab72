import { AppError, defineErrors } from '../errors.ts';

/** Why a folder cannot be scanned as a build. */
export const scanErrors = defineErrors({
  SCAN_ROOT_MISSING: {
    family: 'input',
    sentence: 'The build folder {path} does not exist.',
    next: 'Name the folder that holds the build.',
  },
  SCAN_ROOT_NOT_DIRECTORY: {
    family: 'input',
    sentence: '{path} is not a folder.',
    next: 'Name the folder that holds the build.',
  },
  SCAN_EMPTY_TREE: {
    family: 'input',
    sentence: 'The folder {path} holds no file.',
    next: 'Name the folder that holds the build, and check the ignore patterns.',
  },
  SCAN_UNREADABLE: {
    family: 'storage',
    sentence: '{path} cannot be read ({reason}).',
    next: 'Give yourself the right to read it, or leave it out of the build.',
  },
  SCAN_SPECIAL_FILE: {
    family: 'input',
    sentence: '{path} is neither a file, a folder nor a link.',
    next: 'Remove it from the build folder or ignore it.',
  },
  SCAN_NAME_NOT_TEXT: {
    family: 'input',
    sentence: 'A name in the folder {path} is not UTF-8.',
    next: 'Rename it in the build folder.',
  },
  SCAN_FILE_CHANGED: {
    family: 'conflict',
    sentence: '{path} changed while it was read.',
    next: 'Wait until the build is complete, then try again.',
  },
});

/** Codes of a file that went away, or became something else, after it was listed. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ESTALE']);

/** Turn what the file system said about an entry of the tree into a typed error; typed ones pass as they are. */
export function toScanError(error: unknown, path: string): Error {
  if (error instanceof AppError) return error;
  const reason = (error as NodeJS.ErrnoException | undefined)?.code;
  if (reason === undefined) return error instanceof Error ? error : new Error(String(error));
  if (GONE.has(reason)) return scanErrors.error('SCAN_FILE_CHANGED', { path }, error);
  return scanErrors.error('SCAN_UNREADABLE', { path, reason }, error);
}
