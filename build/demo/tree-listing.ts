import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Everything a folder holds, one line an entry: kind, permission bits, path, and content hash or link target.
 * Two folders are equal exactly when their listings are.
 */
export async function listTree(root: string): Promise<string[]> {
  const names = await listNames(root, '');
  const lines: string[] = [];
  for (const name of names.sort()) lines.push(await describe(root, name));
  return lines;
}

/** Every entry below a folder. Not readdir's own recursion, which follows links to folders. */
async function listNames(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async (entry) => {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? [name, ...(await listNames(root, name))] : [name];
    }),
  );
  return nested.flat();
}

async function describe(root: string, name: string): Promise<string> {
  const path = join(root, name);
  const facts = await lstat(path);
  if (facts.isSymbolicLink()) return `link ${name} -> ${await readlink(path)}`;
  const mode = (facts.mode & 0o777).toString(8);
  if (facts.isDirectory()) return `directory ${mode} ${name}`;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `file ${mode} ${name} ${facts.size} ${hash.digest('hex')}`;
}

/** Lines only one side has, `-` for those missing in the second; [] when the folders are equal. */
export function compareListings(first: readonly string[], second: readonly string[]): string[] {
  const firstLines = new Set(first);
  const secondLines = new Set(second);
  return [
    ...first.filter((line) => !secondLines.has(line)).map((line) => `- ${line}`),
    ...second.filter((line) => !firstLines.has(line)).map((line) => `+ ${line}`),
  ];
}
