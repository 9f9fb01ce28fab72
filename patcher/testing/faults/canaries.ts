import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Beside an install of this name: the names the installer uses for itself, as if of somebody else's game. */
const CANARIES = (game: string) => [
  'canary/file',
  'canary/inner/deep',
  '.other.gantry/installed.json',
  '.other.gantry/journal',
  '.other.gantry/staging/0',
  '.gantry/journal',
  `${game}.yours/save`,
  `.${game}.gantry.new/journal`,
];

/** A link of the player's that leads out of the install, in its folder. */
export const PLAYERS_LINK = 'link out';

const LEADS_TO = '../canary';

/** Put beside an install what is nobody's business but its owner's. */
export async function layCanaries(folder: string, game: string): Promise<void> {
  for (const canary of CANARIES(game)) {
    const file = path.join(folder, canary);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `untouched ${canary}`);
  }
  await symlink('file', path.join(folder, 'canary', 'link'));
  await symlink('..', path.join(folder, 'canary', 'up'));
}

/** Lead out of an install: where its player may have put a link, and where a job clears away what another left. */
export async function leaveLinks(root: string, staging: string): Promise<void> {
  await symlink(LEADS_TO, path.join(root, PLAYERS_LINK));
  const isThere = await lstat(staging).then(
    () => true,
    () => false,
  );
  if (isThere) await symlink('../../canary', path.join(staging, 'left'));
}

/** @throws When the player's link is not as it was left. */
export async function assertLinksOut(root: string): Promise<void> {
  if ((await readlink(path.join(root, PLAYERS_LINK))) !== LEADS_TO)
    throw new Error('the player’s link was changed');
}

/** SHA-256 of everything in a folder but what has these names in it: kinds, modes, times of files, bytes and where links lead. */
export async function hashAllBut(folder: string, names: ReadonlySet<string>): Promise<string> {
  const hash = createHash('sha256');
  const add = async (at: string) => {
    const stats = await lstat(at);
    const kind = stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'file';
    hash.update(`\n${path.relative(folder, at)} ${kind} ${stats.mode} `);
    if (kind === 'link') hash.update(await readlink(at));
    else if (kind === 'file') hash.update(`${stats.mtimeMs} `).update(await readFile(at));
    else for (const name of (await readdir(at)).toSorted()) await add(path.join(at, name));
  };
  for (const name of (await readdir(folder)).toSorted())
    if (!names.has(name)) await add(path.join(folder, name));
  return hash.digest('hex');
}
