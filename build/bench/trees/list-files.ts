import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface ListedFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Every file below a folder, sorted by path. Folders themselves and links are not listed: pairs have neither alone. */
export async function listFiles(root: string): Promise<ListedFile[]> {
  const paths = (await listPaths(root, '')).sort();
  const files: ListedFile[] = [];
  for (const path of paths) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(root, path)), hash);
    files.push({ path, sizeBytes: (await stat(join(root, path))).size, sha256: hash.digest('hex') });
  }
  return files;
}

async function listPaths(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const paths: string[] = [];
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) paths.push(...(await listPaths(root, path)));
    else paths.push(path);
  }
  return paths;
}

export interface TreeChanges {
  readonly unchanged: readonly ListedFile[];
  /** Same path on both sides, other content. */
  readonly changed: readonly ListedFile[];
  /** Paths only the new tree has. */
  readonly added: readonly ListedFile[];
}

/** What a tool that knows single files only has to do; an empty file on either side is no base for a patch. */
export function compareFiles(oldFiles: readonly ListedFile[], newFiles: readonly ListedFile[]): TreeChanges {
  const before = new Map(oldFiles.map((file) => [file.path, file]));
  const changes = { unchanged: [] as ListedFile[], changed: [] as ListedFile[], added: [] as ListedFile[] };
  for (const file of newFiles) {
    const old = before.get(file.path);
    if (old?.sha256 === file.sha256) changes.unchanged.push(file);
    else if (old === undefined || old.sizeBytes === 0 || file.sizeBytes === 0) changes.added.push(file);
    else changes.changed.push(file);
  }
  return changes;
}

/** @returns the paths in which two trees differ; [] when every file is byte-identical. */
export function findDifferences(wanted: readonly ListedFile[], made: readonly ListedFile[]): string[] {
  const left = new Map(wanted.map((file) => [file.path, file.sha256]));
  const extra = made.filter((file) => left.get(file.path) !== file.sha256).map((file) => file.path);
  const names = new Set(made.map((file) => file.path));
  return [...extra, ...wanted.filter((file) => !names.has(file.path)).map((file) => file.path)];
}

export function totalBytes(files: readonly ListedFile[]): number {
  return files.reduce((total, file) => total + file.sizeBytes, 0);
}
