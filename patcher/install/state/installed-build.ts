import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Manifest } from '../../formats/manifest.ts';
import { manifestSha256, parseManifestInSlices } from '../../formats/manifest-format.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import { type BuildIdentity, buildIdentitySchema } from './journal-format.ts';
import { writeDurably } from '../disk/durable-files.ts';
import type { StateFolder } from './state-folder.ts';

const installedSchema = z.object({
  format: z.literal(1),
  build: buildIdentitySchema,
  /** Where a move brought the install from, until its next build. */
  movedFrom: z.string().max(4096).optional(),
  /** Hash of the manifest of which files were put among this build's by an update that has not ended. */
  mixedWith: z.string().optional(),
});
type InstalledRecord = z.infer<typeof installedSchema>;

/** The build a finished install holds: the one pointer that commit switches. */
export async function readInstalledBuild(state: StateFolder): Promise<BuildIdentity | undefined> {
  return (await readInstalledRecord(state))?.build;
}

/** @throws {AppError} `INSTALL_STATE_DAMAGED` */
export async function readInstalledRecord(
  state: Pick<StateFolder, 'installed'>,
): Promise<InstalledRecord | undefined> {
  let text: string;
  try {
    text = await readFile(state.installed, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const parsed = installedSchema.safeParse(parseJson(text));
  if (!parsed.success) throw installErrors.error('INSTALL_STATE_DAMAGED', { path: state.installed });
  return parsed.data;
}

export async function writeInstalledBuild(
  state: StateFolder,
  build: BuildIdentity,
  more: Pick<InstalledRecord, 'movedFrom' | 'mixedWith'> = {},
): Promise<void> {
  await writeDurably(state.installed, `${JSON.stringify({ format: 1, build, ...more })}\n`);
}

/**
 * Read a kept manifest, which must have the hash it is named by.
 * @returns undefined when it is not there or damaged: it can be had again.
 */
export async function readKeptManifest(state: StateFolder, sha256: string): Promise<Manifest | undefined> {
  try {
    const bytes = await readFile(path.join(state.manifests, sha256));
    return manifestSha256(bytes) === sha256 ? await parseManifestInSlices(bytes) : undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    // The hash is right but this version cannot read it (the launcher was downgraded): as good as not there.
    if (error instanceof AppError && error.family === 'format') return undefined;
    throw error;
  }
}

export async function keepManifest(state: StateFolder, bytes: Uint8Array): Promise<void> {
  await writeDurably(path.join(state.manifests, manifestSha256(bytes)), bytes);
}

/** The manifest of a finished install. @throws {AppError} `INSTALL_STATE_DAMAGED` */
export async function readInstalledManifest(state: StateFolder, build: BuildIdentity): Promise<Manifest> {
  const manifest = await readKeptManifest(state, build.manifestSha256);
  if (manifest === undefined) throw installErrors.error('INSTALL_STATE_DAMAGED', { path: state.manifests });
  return manifest;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses it with a typed error.
    return undefined;
  }
}
