import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { Rescued } from './commit-list.ts';
import { writeDurably } from '../disk/durable-files.ts';
import { hasErrno } from '../install-errors.ts';
import { lookIfSafe } from '../verify/look-at-tree.ts';
import { SafeTree } from '../disk/safe-tree.ts';
import type { StateFolder } from '../state/state-folder.ts';

const treePath = z.string().min(1).max(400);
const noteSchema = z.object({
  format: z.literal(1),
  rescued: z.array(
    z.object({
      path: treePath,
      to: treePath,
      /** The job that ended with telling of it; null while none has. */
      toldBy: z.string().max(200).nullable(),
    }),
  ),
});
type Note = z.infer<typeof noteSchema>['rescued'];
type NotePlace = Pick<StateFolder, 'rescued'>;

/**
 * Write down what of the player's is about to make way, before it is renamed: whatever happens then, a later job knows
 * that it has to be told of. What is not renamed after all is not found where it would be, and not told of.
 */
export async function noteRescues(state: NotePlace, rescued: readonly Rescued[]): Promise<void> {
  if (rescued.length === 0) return;
  const names = new Set(rescued.map(({ to }) => to));
  const before = (await readNote(state)).filter(({ to }) => !names.has(to));
  await writeNote(state, [...before, ...rescued.map((each) => ({ ...each, toldBy: null }))]);
}

/**
 * What of the player's made way and has not been told of, at the end of a job. It is told once more to a job that is asked
 * for again: the one before it may have been killed before it could say anything.
 * @param job Names what was asked for, such as `repair <manifest>`.
 */
export async function tellRescues(
  state: NotePlace & Pick<StateFolder, 'root'>,
  job: string,
): Promise<Rescued[]> {
  const note = await readNote(state);
  if (note.length === 0) return [];
  const tree = new SafeTree(state.root);
  const told = note.filter(
    ({ to, toldBy }) => (toldBy === null || toldBy === job) && lookIfSafe(tree, to) !== undefined,
  );
  const first = told.filter(({ toldBy }) => toldBy === null);
  if (first.length > 0)
    await writeNote(
      state,
      first.map((each) => ({ ...each, toldBy: job })),
    );
  else await rm(state.rescued, { force: true });
  return told.map(({ path, to }) => ({ path, to }));
}

/** Take the note along to where the install moves. */
export async function carryRescues(from: NotePlace, to: NotePlace): Promise<void> {
  const note = await readNote(from);
  if (note.length > 0) await writeNote(to, note);
}

/** Nothing where it cannot be read: what made way lies beside its place all the same, and no job should fail for it. */
async function readNote({ rescued }: NotePlace): Promise<Note> {
  try {
    const parsed = noteSchema.safeParse(JSON.parse(await readFile(rescued, 'utf8')));
    return parsed.success ? parsed.data.rescued : [];
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || error instanceof SyntaxError) return [];
    throw error;
  }
}

function writeNote(state: NotePlace, rescued: Note): Promise<void> {
  return writeDurably(state.rescued, JSON.stringify({ format: 1, rescued }));
}
