import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { LowSpacePlan } from '../../plan/low-space.ts';
import { writeDurably } from '../disk/durable-files.ts';
import { hasErrno } from '../install-errors.ts';
import { buildIdentitySchema } from '../state/journal-format.ts';
import type { StateFolder } from '../state/state-folder.ts';

const treePath = z.string().min(1).max(400);
const paths = z.array(treePath);
const index = z.int().nonnegative();

/**
 * The steps of a low-space update, written down before the first is taken: only by them is it certain that no
 * step destroys what a later one reads.
 */
const stepListSchema = z.object({
  format: z.literal(1),
  /** The build that is replaced; undefined for a folder of unknown origin. */
  old: buildIdentitySchema.optional(),
  build: buildIdentitySchema,
  /** Path of the patch object whose segments the steps name. */
  patch: z.string().optional(),
  patched: z.array(index),
  route: z.enum(['none', 'chunks', 'patch', 'mixed']),
  /** Of the whole update, as planned. */
  figures: z.object({
    downloadBytes: index,
    requests: index,
    fullDownloadBytes: index,
    writeBytes: index,
    /** Steps written down by an earlier version do not say these three. */
    patchedBytes: index.default(0),
    patchHops: index.default(0),
    seconds: index.nullable().default(null),
    diskPeakBytes: index,
    lowSpacePeakBytes: index.nullable(),
    changedFiles: index,
    removedEntries: index,
  }),
  batches: z.array(
    z.object({
      segments: z.array(index),
      entries: z.array(index),
      retain: paths,
      clear: paths,
      clearFolders: paths,
      release: paths,
      remove: paths,
    }),
  ),
  /** Old folders the new build lacks, deepest first, for the commit at the end. */
  removeFolders: z.array(z.object({ path: treePath, mode: z.int().min(0).max(0o777) })),
});
export type StepList = z.infer<typeof stepListSchema> & Pick<LowSpacePlan, 'batches'>;

/** @returns undefined when there is none, or none that can be read: the update is then planned anew. */
export async function readStepList(state: StateFolder): Promise<StepList | undefined> {
  try {
    const parsed = stepListSchema.safeParse(JSON.parse(await readFile(state.steps, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function writeStepList(state: StateFolder, list: StepList): Promise<void> {
  return writeDurably(state.steps, JSON.stringify(list));
}

/** Tree path of each old file that is retained at some time → its name in the folder of those. */
export function retainedSlots({ batches }: Pick<StepList, 'batches'>): Map<string, string> {
  return new Map(batches.flatMap(({ retain }) => retain).map((at, slot) => [at, String(slot)] as const));
}
