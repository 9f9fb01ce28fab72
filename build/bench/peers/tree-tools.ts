import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sumSizes } from './file-tool.ts';
import { makeHdiffz } from './make-hdiffz.ts';
import type { Peer } from './peer.ts';
import { readVersion } from './read-version.ts';
import { line } from './shell.ts';

/** HDiffPatch as its author recommends it for size; version 4 knows -SD, which stores the patch as one stream. */
function hdiffz(
  id: string,
  label: string,
  options: readonly string[],
  [diffProgram, applyProgram]: readonly [string, string] = ['hdiffz', 'hpatchz'],
): Peer {
  return {
    id,
    label,
    kind: 'peer',
    programs: [diffProgram, applyProgram],
    readVersion: async () => await readVersion(diffProgram, '-v'),
    run: async ({ oldRoot, newRoot, outRoot, scratch, measure }) => {
      const patch = join(scratch, 'patch');
      const diff = await measure(diffProgram, [
        '-m-4',
        ...options,
        '-d',
        '-f',
        '-p-2',
        oldRoot,
        newRoot,
        patch,
      ]);
      const apply = await measure(applyProgram, ['-f', oldRoot, patch, outRoot]);
      return { downloadBytes: await sumSizes([patch]), diff, apply };
    },
  };
}

const butler: Peer = {
  id: 'butler',
  label: 'wharf diff (butler)',
  kind: 'peer',
  programs: ['butler'],
  readVersion: async () => await readVersion('butler', '--version'),
  run: async ({ oldRoot, newRoot, outRoot, scratch, measure }) => {
    const patch = join(scratch, 'patch.pwr');
    const diff = await measure('butler', ['diff', oldRoot, newRoot, patch]);
    const staging = join(scratch, 'staging');
    const apply = await measure('butler', [
      'apply',
      '--staging-dir',
      staging,
      '--dir',
      outRoot,
      patch,
      oldRoot,
    ]);
    return { downloadBytes: await sumSizes([patch]), diff, apply };
  },
};

/**
 * The publisher's store of the old tree is there already; what players fetch is the chunks that it has not, and the
 * index of the new one.
 */
const casync: Peer = {
  id: 'casync',
  label: 'casync',
  kind: 'peer',
  programs: ['casync'],
  readVersion: async () => (await readVersion('casync', '--version')) || '2',
  run: async ({ oldRoot, newRoot, outRoot, scratch, measure }) => {
    const [oldStore, newStore] = [join(scratch, 'old.castr'), join(scratch, 'new.castr')];
    const [oldIndex, newIndex] = [join(scratch, 'old.caidx'), join(scratch, 'new.caidx')];
    const make = ['make', '--without=all'];
    await measure('casync', [...make, `--store=${oldStore}`, oldIndex, oldRoot]);
    const diff = await measure('casync', [...make, `--store=${newStore}`, newIndex, newRoot]);
    const extract = [
      'extract',
      '--without=all',
      '--seed-output=no',
      `--seed=${oldRoot}`,
      `--store=${newStore}`,
    ];
    const apply = await measure('casync', [...extract, newIndex, outRoot]);
    const known = new Set((await listChunks(oldStore)).map((chunk) => chunk.name));
    const missing = (await listChunks(newStore)).filter((chunk) => !known.has(chunk.name));
    const chunkBytes = missing.reduce((total, chunk) => total + chunk.sizeBytes, 0);
    return { downloadBytes: chunkBytes + (await sumSizes([newIndex])), diff, apply };
  },
};

async function listChunks(store: string): Promise<{ name: string; sizeBytes: number }[]> {
  const entries = await readdir(store, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return await Promise.all(
    files.map(async (entry) => ({
      name: entry.name,
      sizeBytes: (await stat(join(entry.parentPath, entry.name))).size,
    })),
  );
}

const fullDownload: Peer = {
  id: 'full',
  label: 'full download, zstd -19',
  kind: 'baseline',
  programs: ['tar', 'zstd'],
  slow: true,
  readVersion: async () => await readVersion('zstd', '--version'),
  run: async ({ newRoot, outRoot, scratch, measure }) => {
    const archive = join(scratch, 'new.tar.zst');
    const tar = line('tar', '-c', '-C', newRoot, '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '.');
    const pack = line('zstd', '-q', '-19', '--long=27', '-o', archive);
    const unpack = line('zstd', '-q', '-d', '--long=27', '-c', archive);
    const diff = await measure('sh', ['-c', `${tar} | ${pack}`]);
    const extract = `${line('mkdir', '-p', outRoot)} && ${unpack} | ${line('tar', '-x', '-C', outRoot)}`;
    const apply = await measure('sh', ['-c', extract]);
    return { downloadBytes: await sumSizes([archive]), diff, apply };
  },
};

/** Tools that know folders. */
export const treeTools: readonly Peer[] = [
  hdiffz('hdiffz-lzma2', 'hdiffz lzma2', ['-SD', '-c-lzma2-9-64m']),
  { ...hdiffz('hdiffz-zstd', 'hdiffz zstd', ['-SD', '-c-zstd-21-24']), variant: true },
  {
    ...hdiffz('hdiffz3-lzma2', 'hdiffz 3 lzma2', ['-c-lzma2-9-64m'], ['hdiffz3', 'hpatchz3']),
    makePrograms: makeHdiffz,
  },
  butler,
  casync,
  fullDownload,
];
