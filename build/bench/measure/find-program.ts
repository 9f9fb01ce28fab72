import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** @returns the path of a program that a shell would find by its name; undefined when there is none. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** @returns those of `names` that are not on the PATH. */
export async function findMissing(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map(async (name) => await findProgram(name)));
  return names.filter((_, index) => found[index] === undefined);
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
