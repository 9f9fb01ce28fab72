import { link, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ObjectReference } from '../../download/object-fetcher.ts';
import type { Manifest } from '../../formats/manifest.ts';
import { ByteIntervals } from '../../plan/byte-intervals.ts';
import type { TakenCommit } from './commit-list.ts';
import { removeTree } from '../disk/remove-tree.ts';
import { renameStubbornly } from '../disk/stubborn-files.ts';
import { flushFolder, writeDurably } from '../disk/durable-files.ts';
import { hasErrno } from '../install-errors.ts';
import { readInstalledBuild, readKeptManifest } from '../state/installed-build.ts';
import { type BuildIdentity, buildIdentitySchema } from '../state/journal-format.ts';
import { lstatOrUndefined } from '../disk/safe-tree.ts';
import type { StateFolder } from '../state/state-folder.ts';

const INDEX = 'index.json';

const keptSchema = z.object({
  format: z.literal(1),
  /** The build whose files these are. */
  build: buildIdentitySchema,
  /** Manifest of the build that replaced them: only over that one are they the whole difference. */
  replacedBy: z.string(),
  files: z.array(z.object({ path: z.string(), slot: z.string().regex(/^\d{1,10}$/) })),
});
type KeptIndex = z.infer<typeof keptSchema>;

/** The previous build, as far as its files were replaced; what it shares with the installed one lies in place. */
export interface KeptBuild {
  readonly build: BuildIdentity;
  readonly manifest: Manifest;
  /** Tree path → the kept file. */
  readonly files: ReadonlyMap<string, string>;
  /** What keeping them costs. */
  readonly sizeBytes: number;
}

/**
 * The build that can be returned to at once.
 * @returns undefined when none is kept, or what is kept does not belong to the installed build.
 */
export async function readKeptBuild(state: StateFolder): Promise<KeptBuild | undefined> {
  const index = await readIndex(state.kept);
  const installed = index === undefined ? undefined : await readInstalledBuild(state);
  if (index === undefined || index.replacedBy !== installed?.manifestSha256) return undefined;
  const manifest = await readKeptManifest(state, index.build.manifestSha256);
  if (manifest === undefined) return undefined;
  const files = new Map(index.files.map(({ path: at, slot }) => [at, path.join(state.kept, slot)] as const));
  let sizeBytes = 0;
  for (const file of files.values()) sizeBytes += lstatOrUndefined(file)?.size ?? 0;
  return { build: index.build, manifest, files, sizeBytes };
}

async function readIndex(folder: string): Promise<KeptIndex | undefined> {
  try {
    const parsed = keptSchema.safeParse(JSON.parse(await readFile(path.join(folder, INDEX), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The kept build, where it is the one that is asked for; any if none is named. */
export async function keptFor(
  build: { readonly manifest: ObjectReference } | undefined,
  state: StateFolder,
): Promise<KeptBuild | undefined> {
  const kept = await readKeptBuild(state);
  return build === undefined || build.manifest.sha256 === kept?.build.manifestSha256 ? kept : undefined;
}

/**
 * Turn what a commit moved aside into the kept build, in place of an earlier one. Taken again after a crash it
 * goes on; the folder's rename is its one moment.
 */
export async function keepAside(state: StateFolder, list: TakenCommit, old: BuildIdentity): Promise<void> {
  const known = await readIndex(state.kept);
  const isDone =
    known?.replacedBy === list.build.manifestSha256 && known.build.manifestSha256 === old.manifestSha256;
  if (isDone) return;
  const index: KeptIndex = {
    format: 1,
    build: old,
    replacedBy: list.build.manifestSha256,
    files: list.aside,
  };
  await writeDurably(path.join(state.aside, INDEX), JSON.stringify(index));
  await discardKept(state);
  await renameStubbornly(state.aside, state.kept);
  await flushFolder(state.folder);
}

export async function discardKept(state: StateFolder): Promise<void> {
  await removeTree(state.kept);
}

/** New entries of a build whose kept file is there at its full length; their bytes are not known to be right. */
export function findKeptEntries(kept: KeptBuild, next: Manifest): Map<number, string> {
  const found = new Map<number, string>();
  next.entries.forEach((entry, index) => {
    const file = entry.kind === 'file' && entry.sizeBytes > 0 ? kept.files.get(entry.path) : undefined;
    const there = file === undefined ? undefined : lstatOrUndefined(file);
    if (file === undefined || entry.kind !== 'file') return;
    if (there?.isFile() === true && there.size === entry.sizeBytes) found.set(index, file);
  });
  return found;
}

/** All bytes of a new file. */
export function wholeOf(next: Manifest, entry: number): ByteIntervals {
  const file = next.entries[entry];
  const whole = new ByteIntervals();
  if (file?.kind === 'file') whole.add(0, file.sizeBytes);
  return whole;
}

/**
 * Put kept files into staging as if they had been fetched: by a second name for the same file, so that they are
 * still kept if the rollback is given up; where the file system has none, by renaming.
 * @param isStaged True for entries that are in staging, checked, already.
 * @returns What is staged now, by new entry; each is hashed whole before it counts.
 */
export async function stageKept(
  state: StateFolder,
  kept: KeptBuild,
  next: Manifest,
  isStaged: (entry: number) => boolean,
): Promise<Map<number, ByteIntervals>> {
  const staged = new Map<number, ByteIntervals>();
  for (const [entry, file] of findKeptEntries(kept, next)) {
    if (isStaged(entry)) continue;
    const at = path.join(state.staging, String(entry));
    try {
      await rm(at, { force: true });
      await link(file, at);
    } catch (error) {
      if (!hasErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EINVAL'))
        throw error;
      await rename(file, at);
    }
    staged.set(entry, wholeOf(next, entry));
  }
  return staged;
}
