import { createHash } from 'node:crypto';
import { chmod, mkdir, open, symlink } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { FileEntry, Manifest } from '../../patcher/formats/manifest.ts';
import { parseManifest } from '../../patcher/formats/manifest-format.ts';
import { resolveInside } from '../../patcher/paths/path-policy.ts';
import { type DepotPath, objectKey } from '../delivery/object-path.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readBuildFile } from './build-reader.ts';
import { pushErrors } from './errors.ts';

/** A committed build's manifest. @throws {AppError} `STORAGE_*`, `PUSH_MANIFEST_LOST` when its bytes changed. */
export async function readBuildManifest(
  store: ObjectStore,
  depot: DepotPath,
  manifestSha256: string,
): Promise<Manifest> {
  const bytes = await buffer((await store.read(objectKey(depot, 'manifest', manifestSha256))).stream);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== manifestSha256) throw pushErrors.error('PUSH_MANIFEST_LOST');
  return parseManifest(bytes);
}

export interface MaterialiseOptions {
  readonly store: ObjectStore;
  readonly depot: DepotPath;
  readonly manifest: Manifest;
  /** Must be empty or not there yet. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** Write these files alone, without links and without the modes of folders. */
  readonly only?: ReadonlySet<string> | undefined;
}

/**
 * Write a build into a folder from its packs: files, links, modes. Memory: a few chunks.
 * @throws {AppError} `PUSH_FILE_DAMAGED`, `PACK_CHUNK_*`, `STORAGE_*`
 */
export async function materialiseBuild(options: MaterialiseOptions): Promise<void> {
  const { manifest, root, signal, only } = options;
  const entries = only
    ? manifest.entries.filter(({ kind, path }) => kind === 'file' && only.has(path))
    : manifest.entries;
  await mkdir(root, { recursive: true });
  for (const entry of entries) {
    signal.throwIfAborted();
    const target = resolveInside(root, entry.path);
    await mkdir(path.dirname(target), { recursive: true });
    if (entry.kind === 'directory') await mkdir(target, { recursive: true });
    else if (entry.kind === 'file') await writeFile(options, entry, target);
  }
  // Links last, so that nothing is written through one; then the folders' modes, innermost first.
  for (const entry of entries) {
    if (entry.kind === 'link') await symlink(entry.target, resolveInside(root, entry.path));
  }
  for (const entry of entries.toReversed()) {
    if (entry.kind === 'directory') await chmod(resolveInside(root, entry.path), entry.mode);
  }
}

async function writeFile(
  { store, depot, manifest, signal }: MaterialiseOptions,
  file: FileEntry,
  target: string,
): Promise<void> {
  const hash = createHash('sha256');
  const handle = await open(target, 'wx', 0o600);
  try {
    for await (const chunk of readBuildFile(store, depot, manifest, file)) {
      signal.throwIfAborted();
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.chmod(file.mode);
  } finally {
    await handle.close();
  }
  if (hash.digest('hex') !== file.sha256) throw pushErrors.error('PUSH_FILE_DAMAGED', { path: file.path });
}
