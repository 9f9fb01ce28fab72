import { AppError, defineErrors } from '../errors.ts';

/** What can go wrong with an install on a player's disk. */
export const installErrors = defineErrors({
  INSTALL_DISK_FULL: {
    family: 'storage',
    sentence: 'The disk is too full: {neededBytes} are needed, {freeBytes} are free.',
    next: 'Free some space, or move the game to another disk, then resume.',
  },
  INSTALL_LOCKED: {
    family: 'conflict',
    sentence: 'Another program is changing this install (process {pid}).',
    next: 'Wait until it is done, or close it, then try again.',
  },
  INSTALL_READ_ONLY: {
    family: 'storage',
    sentence: 'The disk of this install cannot be written to ({path}).',
    next: 'Make the disk writable, or move the game to another one.',
  },
  INSTALL_NOT_REPAIRABLE: {
    family: 'storage',
    sentence:
      'Damaged files were found ({damagedFiles}), and nothing can be written to {path} to repair them.',
    next: 'Make the disk and the folder writable and repair again, or install the game on another disk.',
  },
  INSTALL_NO_PERMISSION: {
    family: 'storage',
    sentence: 'This account may not change {path}.',
    next: 'Give your account the right to write to the install’s folder, then try again.',
  },
  INSTALL_FILE_BUSY: {
    family: 'conflict',
    sentence: 'A file of the game is in use ({path}).',
    next: 'Close the game and any program that has the file open, then try again.',
  },
  INSTALL_DISK_FAILING: {
    family: 'storage',
    sentence: 'The disk reported a failure at {path}.',
    next: 'Check the disk; then resume. What was not safely written is fetched again.',
  },
  INSTALL_TOO_MANY_FILES: {
    family: 'storage',
    sentence: 'The system does not allow more open files ({path}).',
    next: 'Close other programs, then resume.',
  },
  INSTALL_STORAGE_FAILED: {
    family: 'storage',
    sentence: 'The system refused an operation on {path} ({errno}).',
    next: 'Resume; if that does not help, verify and repair the game.',
  },
  INSTALL_PATH_UNSAFE: {
    family: 'integrity',
    sentence:
      'The folder {path} is a link or not a folder, so files below it might land outside the install.',
    next: 'Remove or rename it, then try again. Nothing outside the install was touched.',
  },
  INSTALL_PATH_OCCUPIED: {
    family: 'conflict',
    sentence: 'Something of yours lies where the build needs a file or folder ({path}).',
    next: 'Move it elsewhere, then try again.',
  },
  INSTALL_CONTENT_MISMATCH: {
    family: 'integrity',
    sentence: 'A file could not be made as the build says ({path}).',
    next: 'Try again; if that does not help, check the disk and memory of this computer.',
  },
  INSTALL_TARGET_NOT_EMPTY: {
    family: 'conflict',
    sentence: 'A game can only be moved into an empty folder, and {path} is not.',
    next: 'Choose another folder, or empty this one.',
  },
  INSTALL_TARGET_INSIDE: {
    family: 'input',
    sentence: 'The folder {path} is the install itself or lies inside it.',
    next: 'Choose a folder outside the install.',
  },
  INSTALL_TARGET_REFUSED: {
    family: 'input',
    sentence: 'The folder {path} cannot hold an install ({reason}).',
    next: 'Choose a folder with another name.',
  },
  INSTALL_FILE_UNMOVABLE: {
    family: 'input',
    sentence: 'The name of a file in {path} cannot be read as text, so it cannot be copied.',
    next: 'Rename or remove it, then move the game again. Nothing was changed.',
  },
  INSTALL_TREE_CHANGING: {
    family: 'conflict',
    sentence: 'Files of the install keep changing while they are copied ({path}).',
    next: 'Close the game and any program that writes there, then go on.',
  },
  INSTALL_MOVED_AWAY: {
    family: 'unavailable',
    sentence: 'This install was moved to {path}, which cannot be reached to finish the move.',
    next: 'Connect the drive it was moved to, then try again.',
  },
  INSTALL_NO_PREVIOUS: {
    family: 'not-found',
    sentence: 'This install has no previous build: it has not been updated since it was made.',
    next: 'Choose another channel to get another build; after the next update the present one is the previous.',
  },
  INSTALL_MOVED: {
    family: 'conflict',
    sentence: 'This install was moved and is now in {path}.',
    next: 'Use it there.',
  },
  INSTALL_JOB_PENDING: {
    family: 'conflict',
    sentence: 'An unfinished update has already replaced files of this install, so it cannot be moved now.',
    next: 'Resume the update, then move the game.',
  },
  INSTALL_ABSENT: {
    family: 'not-found',
    sentence: 'There is no finished install in this folder.',
    next: 'If it lies on another drive, connect that and try again; else uninstall the game and install it anew.',
  },
  INSTALL_STATE_DAMAGED: {
    family: 'format',
    sentence: 'The install’s own records are damaged ({path}).',
    next: 'Adopt the folder again: its files are verified and only what is wrong is fetched.',
  },
});

type InstallErrorCode = keyof typeof installErrors.specs;

const CODE_OF_ERRNO: Readonly<Record<string, InstallErrorCode>> = {
  EROFS: 'INSTALL_READ_ONLY',
  EACCES: 'INSTALL_NO_PERMISSION',
  EPERM: 'INSTALL_NO_PERMISSION',
  EBUSY: 'INSTALL_FILE_BUSY',
  ETXTBSY: 'INSTALL_FILE_BUSY',
  EIO: 'INSTALL_DISK_FAILING',
  EMFILE: 'INSTALL_TOO_MANY_FILES',
  ENFILE: 'INSTALL_TOO_MANY_FILES',
  ELOOP: 'INSTALL_PATH_UNSAFE',
};

/** An error of the file system as a typed one; anything else as it is. */
export function toInstallError(error: unknown): unknown {
  const { code, path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof AppError || typeof code !== 'string' || typeof syscall !== 'string') return error;
  const at = path ?? 'a file of the install';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return installErrors.error(
      'INSTALL_DISK_FULL',
      { neededBytes: 'more bytes', freeBytes: 'too few', path: at },
      error,
    );
  }
  return installErrors.error(
    CODE_OF_ERRNO[code] ?? 'INSTALL_STORAGE_FAILED',
    { path: at, errno: code },
    error,
  );
}

export function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Errors of the file system leave as typed ones. */
export async function typed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toInstallError(error);
  }
}
