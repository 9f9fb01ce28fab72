import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PairSource } from './catalogue.ts';
import type { DebianArchive } from './debian-archive.ts';
import { runTool } from './run-tool.ts';
import { tidyTree } from './tidy-tree.ts';

/** What belongs to Debian and not to the game. */
const NOT_THE_GAME = ['usr/share/doc', 'usr/share/man', 'usr/share/lintian', 'etc'];

/**
 * Unpack both sides' packages into one tree each, without what belongs to Debian, links and empty folders.
 * @returns the version of each side's first package, and whether every package is of the version wanted.
 */
export async function fetchFromDebian(
  source: Extract<PairSource, { from: 'debian' }>,
  folders: { readonly old: string; readonly new: string },
  archive: DebianArchive,
): Promise<{ versions: { old: string; new: string }; asListed: boolean }> {
  const versions = { old: '', new: '' };
  let asListed = true;
  for (const side of ['old', 'new'] as const) {
    const { suite, packages } = source[side];
    await mkdir(folders[side], { recursive: true });
    for (const [name, wanted] of Object.entries(packages)) {
      const { file, version } = await archive.fetch(name, wanted, suite);
      await runTool('dpkg-deb', ['-x', file, folders[side]], { next: 'Install dpkg.' });
      versions[side] ||= version;
      asListed &&= version === wanted;
    }
    for (const path of NOT_THE_GAME) await rm(join(folders[side], path), { recursive: true, force: true });
    await tidyTree(folders[side]);
  }
  return { versions, asListed };
}
