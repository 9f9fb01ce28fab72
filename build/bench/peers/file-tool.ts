import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ListedFile } from '../trees/list-files.ts';
import type { Bout, Made, Peer } from './peer.ts';
import { line } from './shell.ts';

/** How a tool that knows only single files makes and applies a patch: shell lines. */
export interface FileTool extends Omit<Peer, 'make' | 'kind'> {
  readonly diff: (oldFile: string, newFile: string, patch: string, oldBytes: number) => string;
  readonly apply: (oldFile: string, patch: string, newFile: string, oldBytes: number) => string;
}

/**
 * Let a single-file tool do a whole tree: a patch for every path whose content differs, and one `zstd -19` tar of the
 * files that only the new tree has. Each side is one shell script, so that thousands of runs are measured as one.
 */
export function fileToolPeer(tool: FileTool): Peer {
  const { diff, apply, ...peer } = tool;
  return {
    ...peer,
    kind: 'peer',
    programs: [...peer.programs, 'tar', 'zstd'],
    make: async (bout) => await makePatches(bout, diff, apply),
  };
}

async function makePatches(bout: Bout, diff: FileTool['diff'], apply: FileTool['apply']): Promise<Made> {
  const { oldRoot, newRoot, scratch, changes } = bout;
  const patches = changes.changed.map((file, index) => ({ file, patch: join(scratch, `${index}.patch`) }));
  const sizes = await Promise.all(
    patches.map(async ({ file }) => (await stat(join(oldRoot, file.path))).size),
  );
  const added = join(scratch, 'added.tar.zst');
  await writeList(join(scratch, 'added.list'), changes.added);
  await writeList(join(scratch, 'unchanged.list'), changes.unchanged);
  const making = patches.map(({ file, patch }, index) =>
    diff(join(oldRoot, file.path), join(newRoot, file.path), patch, sizes[index] ?? 0),
  );
  if (changes.added.length > 0) {
    making.push(
      `${tarOf(newRoot, join(scratch, 'added.list'))} | ${line('zstd', '-q', '-19', '--long=27', '-o', added)}`,
    );
  }
  const files = [...patches.map(({ patch }) => patch), ...(changes.added.length > 0 ? [added] : [])];
  return {
    usage: await runScript(bout, 'diff.sh', making),
    apply: async (outRoot) => {
      await prepareFolders(outRoot, changes.changed);
      const applying = patches.map(({ file, patch }, index) =>
        apply(join(oldRoot, file.path), patch, join(outRoot, file.path), sizes[index] ?? 0),
      );
      if (changes.added.length > 0) {
        applying.push(
          `${line('zstd', '-q', '-d', '--long=27', '-c', added)} | ${line('tar', '-x', '-C', outRoot)}`,
        );
      }
      if (changes.unchanged.length > 0) {
        const packing = tarOf(oldRoot, join(scratch, 'unchanged.list'));
        applying.push(`${packing} | ${line('tar', '-x', '-C', outRoot)}`);
      }
      const usage = await runScript(bout, 'apply.sh', applying);
      return { usage, downloadBytes: await sumSizes(files) };
    },
  };
}

async function runScript({ scratch, measure }: Bout, name: string, lines: readonly string[]) {
  const script = join(scratch, name);
  await writeFile(script, `set -eu\n${lines.join('\n')}\n`);
  return await measure('sh', [script]);
}

function tarOf(root: string, list: string): string {
  return line(
    'tar',
    '-c',
    '-C',
    root,
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--null',
    '-T',
    list,
  );
}

async function writeList(path: string, files: readonly ListedFile[]): Promise<void> {
  await writeFile(path, files.map((file) => `${file.path}\0`).join(''));
}

/** The tools expect the folder of what they write. */
async function prepareFolders(outRoot: string, files: readonly ListedFile[]): Promise<void> {
  await mkdir(outRoot, { recursive: true });
  const folders = new Set(files.map((file) => dirname(join(outRoot, file.path))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
}

export async function sumSizes(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((total, size) => total + size, 0);
}
