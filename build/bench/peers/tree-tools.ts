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
    make: async ({ oldRoot, newRoot, scratch, measure }) => {
      const patch = join(scratch, 'patch');
      const usage = await measure(diffProgram, [
        '-m-4',
        ...options,
        '-d',
        '-f',
        '-p-2',
        oldRoot,
        newRoot,
        patch,
      ]);
      return {
        usage,
        apply: async (outRoot) => ({
          usage: await measure(applyProgram, ['-f', oldRoot, patch, outRoot]),
          downloadBytes: await sumSizes([patch]),
        }),
      };
    },
  };
}

const butler: Peer = {
  id: 'butler',
  label: 'wharf diff (butler)',
  kind: 'peer',
  programs: ['butler'],
  readVersion: async () => await readVersion('butler', '--version'),
  make: async ({ oldRoot, newRoot, scratch, measure }) => {
    const patch = join(scratch, 'patch.pwr');
    return {
      usage: await measure('butler', ['diff', oldRoot, newRoot, patch]),
      apply: async (outRoot) => {
        const folders = ['--staging-dir', `${outRoot}.staging`, '--dir', outRoot];
        const usage = await measure('butler', ['apply', ...folders, patch, oldRoot]);
        return { usage, downloadBytes: await sumSizes([patch]) };
      },
    };
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
  make: async ({ oldRoot, newRoot, scratch, measure }) => {
    const [oldStore, newStore] = [join(scratch, 'old.castr'), join(scratch, 'new.castr')];
    const [oldIndex, newIndex] = [join(scratch, 'old.caidx'), join(scratch, 'new.caidx')];
    const make = ['make', '--without=all'];
    await measure('casync', [...make, `--store=${oldStore}`, oldIndex, oldRoot]);
    const usage = await measure('casync', [...make, `--store=${newStore}`, newIndex, newRoot]);
    const known = new Set((await listChunks(oldStore)).map((chunk) => chunk.name));
    const missing = (await listChunks(newStore)).filter((chunk) => !known.has(chunk.name));
    const chunkBytes = missing.reduce((total, chunk) => total + chunk.sizeBytes, 0);
    const options = ['--without=all', '--seed-output=no', `--seed=${oldRoot}`, `--store=${newStore}`];
    return {
      usage,
      apply: async (outRoot) => ({
        usage: await measure('casync', ['extract', ...options, newIndex, outRoot]),
        downloadBytes: chunkBytes + (await sumSizes([newIndex])),
      }),
    };
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
  make: async ({ newRoot, scratch, measure }) => {
    const archive = join(scratch, 'new.tar.zst');
    const tar = line('tar', '-c', '-C', newRoot, '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '.');
    const pack = line('zstd', '-q', '-19', '--long=27', '-o', archive);
    const unpack = line('zstd', '-q', '-d', '--long=27', '-c', archive);
    return {
      usage: await measure('sh', ['-c', `${tar} | ${pack}`]),
      apply: async (outRoot) => {
        const extract = `${line('mkdir', '-p', outRoot)} && ${unpack} | ${line('tar', '-x', '-C', outRoot)}`;
        return { usage: await measure('sh', ['-c', extract]), downloadBytes: await sumSizes([archive]) };
      },
    };
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
