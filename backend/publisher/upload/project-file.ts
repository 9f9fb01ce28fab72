import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { LaunchTarget } from '../../../patcher/formats/manifest.ts';
import { describeProblems } from '../../../patcher/input-problems.ts';
import { reasonOf } from '../../../patcher/terminal/error-text.ts';
import { depotSchema } from '../../api/contract.ts';
import { publisherErrors } from '../publisher-errors.ts';

export const PROJECT_FILE_NAME = 'gantry.json';

const launchSchema = z
  .object({
    name: z.string().min(1).max(80),
    kind: z.enum(['executable', 'web']),
    path: z.string().min(1),
    arguments: z.array(z.string()).default([]),
    workingDirectory: z.string().default(''),
  })
  .strict();

const projectSchema = z
  .object({
    /** How each depot starts; the first is what Play runs. */
    launch: z.partialRecord(depotSchema, z.array(launchSchema)).or(z.array(launchSchema)).default([]),
    /** Globs of files that belong to the player once they exist, such as saves. */
    preserve: z.array(z.string()).default([]),
    /** Files that are no part of a build, in .gitignore's syntax. */
    ignore: z.array(z.string()).default([]),
  })
  .strict();

/** What a publisher keeps beside the game's sources and every push reads. */
export interface Project {
  readonly launch: readonly LaunchTarget[] | undefined;
  readonly preserve: readonly string[];
  readonly ignore: readonly string[];
}

/**
 * Read the project file for one depot.
 * @returns an empty project when there is none and it was not named.
 * @throws {AppError} `CLI_PROJECT_FILE_INVALID`.
 */
export async function readProject(file: string, depot: string, named: boolean): Promise<Project> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (!named && error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { launch: undefined, preserve: [], ignore: [] };
    }
    throw publisherErrors.error('CLI_PROJECT_FILE_INVALID', { file, ...reasonOf(error) }, error);
  }
  const project = projectSchema.safeParse(parseJson(text, file));
  if (!project.success) {
    throw publisherErrors.error('CLI_PROJECT_FILE_INVALID', {
      file,
      reason: describeProblems(project.error),
    });
  }
  const { launch, preserve, ignore } = project.data;
  const targets = Array.isArray(launch) ? launch : (launch[depot as keyof typeof launch] ?? []);
  return { launch: targets.length > 0 ? targets : undefined, preserve, ignore };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw publisherErrors.error('CLI_PROJECT_FILE_INVALID', { file, ...reasonOf(error) }, error);
  }
}
