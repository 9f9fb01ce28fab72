import { cp, mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { compareListings, listTree } from '../../build/demo/tree-listing.ts';

/** An install holds exactly a build: every path, mode, link and byte. */
export async function expectIdentical(installFolder: string, buildFolder: string): Promise<void> {
  const differences = compareListings(await listTree(buildFolder), await listTree(installFolder));
  expect(differences, 'the installed tree against the pushed one').toEqual([]);
}

/** Flip every bit of some bytes, as a failing disk might. */
export async function damageFile(file: string, offset: number, sizeBytes: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const bytes = Buffer.alloc(sizeBytes);
    await handle.read(bytes, 0, sizeBytes, offset);
    await handle.write(
      bytes.map((byte) => byte ^ 0xff),
      0,
      sizeBytes,
      offset,
    );
  } finally {
    await handle.close();
  }
}

/** Two builds of a small game: a rebuilt program, a moved file, an insertion in a pack, a link, an empty file. */
export async function makeSmallBuilds(folder: string): Promise<{ old: string; new: string }> {
  const old = join(folder, 'old');
  const next = join(folder, 'new');
  const pack = makeNoise(1_500_000, 7);
  const insertion = makeNoise(40_000, 11);
  await makeTree(old, { program: 'echo one\n', pack, music: 'music/theme.ogg' });
  const grown = Buffer.concat([pack.subarray(0, 700_000), insertion, pack.subarray(700_000)]);
  await makeTree(next, { program: 'echo two, and more of it\n', pack: grown, music: 'audio/theme.ogg' });
  return { old, new: next };
}

interface TreeParts {
  readonly program: string;
  readonly pack: Buffer;
  readonly music: string;
}

async function makeTree(folder: string, { program, pack, music }: TreeParts): Promise<void> {
  await mkdir(join(folder, 'data'), { recursive: true });
  await mkdir(join(folder, music, '..'), { recursive: true });
  await writeFile(join(folder, 'game.sh'), `#!/bin/sh\n${program}`, { mode: 0o755 });
  await writeFile(join(folder, 'data', 'world.pak'), pack);
  await writeFile(join(folder, 'data', 'empty.cfg'), '');
  await writeFile(join(folder, music), makeNoise(300_000, 3));
  await symlink('game.sh', join(folder, 'start'));
}

/** Bytes that do not compress, the same for a seed every time (Marsaglia's xorshift32). */
function makeNoise(sizeBytes: number, seed: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < sizeBytes; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}

/** A copy of a build to change for the worse. */
export async function copyTree(from: string, to: string): Promise<string> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  return to;
}
