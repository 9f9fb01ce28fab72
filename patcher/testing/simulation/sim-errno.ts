/** Numbers of the errors the simulated disk can give, as Linux has them. */
const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EBADF: 9,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENOTSUP: 95,
} as const;

export type SimErrno = keyof typeof ERRNO;

/** An error as Node's file functions throw it. */
export function simError(code: SimErrno, syscall: string, path: string): Error {
  const { stackTraceLimit } = Error;
  // Most say that nothing is there; where that was noticed would cost more than all else of the call.
  Error.stackTraceLimit = 0;
  const error = new Error(`${code}: simulated, ${syscall} '${path}'`);
  Error.stackTraceLimit = stackTraceLimit;
  return Object.assign(error, { code, errno: -ERRNO[code], syscall, path });
}

/** Unwinds the program under test when it is killed: nothing it does afterwards has any effect. */
export class SimCrash extends Error {}
