import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ScannedTree, scanTree } from '../../../patcher/scan/scan-tree.ts';
import type { Output } from '../command/output.ts';
import { PROJECT_FILE_NAME, type Project, readProject } from './project-file.ts';
import { publisherErrors } from '../publisher-errors.ts';

export interface ScanBuildOptions {
  readonly root: string;
  readonly depot: string;
  /** A project file named by the user; without one the current folder's is used if it exists. */
  readonly config: string | undefined;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * Read a build's folder and the project file that belongs to it.
 * @throws {AppError} `CLI_FOLDER_MISSING`, `CLI_PROJECT_FILE_INVALID`, and what scanning finds.
 */
export async function scanBuild(
  options: ScanBuildOptions,
): Promise<{ project: Project; scanned: ScannedTree }> {
  const { root, output, signal } = options;
  const folder = await stat(root).catch(() => undefined);
  if (!folder?.isDirectory()) throw publisherErrors.error('CLI_FOLDER_MISSING', { folder: root });
  const file = resolve(options.config ?? PROJECT_FILE_NAME);
  const project = await readProject(file, options.depot, options.config !== undefined);
  const scanned = await scanTree({
    root,
    ignore: project.ignore,
    signal,
    onProgress: (state) => output.progress.update({ phase: 'scanning', ...state }),
  });
  return { project, scanned };
}
