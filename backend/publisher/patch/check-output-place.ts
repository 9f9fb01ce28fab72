import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { publisherErrors } from '../publisher-errors.ts';

/**
 * Find out before hours of work that what it makes cannot be put where it shall go.
 * @param out A file to write, absolute.
 * @param builds Folders that are only read; a file in one of them would be part of the build from then on.
 * @throws {AppError} `CLI_OUTPUT_INSIDE_BUILD`, `CLI_OUTPUT_UNUSABLE`
 */
export async function checkOutputFile(out: string, builds: readonly string[]): Promise<void> {
  refuseInside(out, builds);
  if ((await stat(out).catch(() => undefined))?.isDirectory() === true) {
    throw publisherErrors.error('CLI_OUTPUT_UNUSABLE', { path: out, reason: 'it is a folder' });
  }
  const folder = dirname(out);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw publisherErrors.error('CLI_OUTPUT_UNUSABLE', { path: out, reason: `${folder} is not a folder` });
  }
}

/** @throws {AppError} `CLI_OUTPUT_INSIDE_BUILD` */
export function refuseInside(out: string, builds: readonly string[]): void {
  const build = builds.find((folder) => isInside(resolve(folder), out));
  if (build !== undefined) throw publisherErrors.error('CLI_OUTPUT_INSIDE_BUILD', { path: out, build });
}

function isInside(folder: string, place: string): boolean {
  const steps = relative(folder, place);
  return (
    steps === '' ||
    !(steps === '..' || steps.startsWith('../') || steps.startsWith('..\\') || isAbsolute(steps))
  );
}
