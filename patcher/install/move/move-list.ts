import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { hasErrno, installErrors } from '../install-errors.ts';
import { type BuildIdentity, buildIdentitySchema } from '../state/journal-format.ts';
import { STATE_FOLDER, type StateFolder } from '../state/state-folder.ts';

/** Paths here are the player's too: anything a file system can hold, `/` between names. */
const anyPath = z.string().min(1).max(8192);
const mode = z.int().min(0).max(0o777);
/** What is copied: the install's tree, files of an unfinished update in its staging, or those kept for a rollback. */
const area = z.enum(['tree', 'staging', 'kept']);

const moveEntrySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    area,
    path: anyPath,
    mode,
    sizeBytes: z.int().nonnegative(),
    /** As the file system gave it; what is removed in the end must still have it. */
    modifiedMs: z.number(),
    /** It takes less space than its size: runs of zeros are not stored. */
    sparse: z.boolean(),
  }),
  z.object({ kind: z.literal('link'), area, path: anyPath, target: z.string() }),
  z.object({ kind: z.literal('directory'), area, path: anyPath, mode }),
]);
export type MoveEntry = z.infer<typeof moveEntrySchema>;
export type MoveFile = Extract<MoveEntry, { kind: 'file' }>;

/** Everything a move by copying takes along, and from where. Folders come before what is in them. */
export const moveListSchema = z.object({
  format: z.literal(1),
  from: z.string().min(1).max(4096),
  build: buildIdentitySchema,
  entries: z.array(moveEntrySchema),
  /** Pipes, sockets and devices, which nobody can copy: they stay. */
  left: z.array(anyPath),
});
export type MoveList = z.infer<typeof moveListSchema>;

/**
 * List an install's whole folder, the player's files included, and what an unfinished update has staged.
 * Links are not followed.
 * @param withKept Also what is kept for a rollback.
 * @throws {AppError} `INSTALL_FILE_UNMOVABLE`
 */
export async function listInstall(
  state: StateFolder,
  build: BuildIdentity,
  { withKept, signal }: { readonly withKept: boolean; readonly signal: AbortSignal | undefined },
): Promise<MoveList> {
  const list: MoveList = { format: 1, from: state.root, build, entries: [], left: [] };
  await listArea(list, 'tree', state.root, signal);
  await listArea(list, 'staging', state.staging, signal);
  if (withKept) await listArea(list, 'kept', state.kept, signal);
  return list;
}

async function listArea(
  list: MoveList,
  areaName: MoveEntry['area'],
  base: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal?.throwIfAborted();
    for (const name of (await readdir(path.join(base, folder))).sort()) {
      const at = folder === '' ? name : `${folder}/${name}`;
      if (areaName === 'tree' && at === STATE_FOLDER) continue;
      const entry = await lookAt(areaName, base, at);
      if (entry === undefined) list.left.push(at);
      else list.entries.push(entry);
      if (entry?.kind === 'directory') folders.push(at);
    }
  }
}

/** @returns undefined for what cannot be copied. */
async function lookAt(areaName: MoveEntry['area'], base: string, at: string): Promise<MoveEntry | undefined> {
  const absolute = path.join(base, at);
  try {
    const stats = await lstat(absolute);
    const common = { area: areaName, path: at };
    if (stats.isSymbolicLink()) return { kind: 'link', ...common, target: await readlink(absolute) };
    const modeBits = stats.mode & 0o777;
    if (stats.isDirectory()) return { kind: 'directory', ...common, mode: modeBits };
    if (!stats.isFile()) return undefined;
    const { size: sizeBytes, mtimeMs: modifiedMs } = stats;
    // Windows says nothing of blocks.
    const sparse = process.platform !== 'win32' && stats.blocks * 512 < sizeBytes;
    return { kind: 'file', ...common, mode: modeBits, sizeBytes, modifiedMs, sparse };
  } catch (error) {
    // A name that is not UTF-8 comes back changed, so that nothing is found under it.
    if (hasErrno(error, 'ENOENT') && at.includes('\ufffd')) {
      throw installErrors.error('INSTALL_FILE_UNMOVABLE', { path: path.dirname(absolute) }, error);
    }
    throw error;
  }
}

/** @returns undefined when there is none, or not a whole one. */
export async function readMoveList(file: string): Promise<MoveList | undefined> {
  try {
    const parsed = moveListSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What names an entry: two areas may hold the same path. */
export function keyOf({ area: areaName, path: at }: Pick<MoveEntry, 'area' | 'path'>): string {
  return `${areaName}/${at}`;
}
