import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseByName, choosePeers } from '../selection.ts';
import { compareFiles, findDifferences, listFiles } from '../trees/list-files.ts';
import { peers } from './all-peers.ts';
import { fileToolPeer } from './file-tool.ts';
import { xdeltaWindow } from './file-tools.ts';
import { line, quote } from './shell.ts';
import { steampipe } from './steampipe.ts';
import type { Bout, Peer } from './peer.ts';

describe('choosing peers', () => {
  const choose = (wanted: Partial<Parameters<typeof choosePeers>[1]>) =>
    choosePeers(peers, { names: undefined, efforts: undefined, quick: false, ...wanted }).map(
      (peer) => peer.id,
    );

  it('takes all when nothing is named, and leaves out the slow when it must be quick', () => {
    expect(choose({})).toEqual(peers.map((peer) => peer.id));
    const quick = choose({ quick: true });
    expect(quick).toContain('xdelta3');
    expect(quick).not.toContain('bsdiff');
  });

  it('takes peers by the start of their names, whatever the order they are named in', () => {
    expect(choose({ names: ['zstd', 'bsdiff'], efforts: ['fast'] })).toEqual([
      'gantry-fast',
      'bsdiff',
      'zstd-3',
      'zstd-19',
    ]);
  });

  it('takes none when told so', () => {
    expect(choose({ names: ['none'], efforts: ['none'] })).toEqual([]);
  });

  it('names what there is when something is not', () => {
    expect(() => choose({ names: ['rsync'] })).toThrow(/no peer "rsync"/);
    expect(() => choose({ efforts: ['extreme'] })).toThrow(/no effort/);
    expect(() => chooseByName('pair', [{ id: 'node' }], ['nod'])).toThrow(/no pair "nod"/);
  });
});

describe('shell lines', () => {
  it('carry any word through a shell unchanged', () => {
    const words = ['plain', "it's", '$HOME', 'a b', '*', '', '`id`', '"'];
    const { stdout } = spawnSync('sh', ['-c', line('printf', '%s\\n', ...words)], { encoding: 'utf8' });
    expect(stdout.split('\n').slice(0, -1)).toEqual(words);
  });

  it('quote only what needs it', () => {
    expect(quote('--patch-from=/a/b.c')).toBe('--patch-from=/a/b.c');
  });
});

it('gives xdelta3 a window that is a power of two and holds the old file', () => {
  expect(xdeltaWindow(123_656_816)).toBe(2 ** 27);
  expect(xdeltaWindow(2 ** 27)).toBe(2 ** 27);
  expect(xdeltaWindow(10)).toBe(2 ** 20);
});

describe('a whole tree', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
  });
  afterEach(async () => await rm(root, { recursive: true, force: true }));

  async function makeBout(): Promise<Bout> {
    const large = 'a chunk of a game '.repeat(100_000);
    const trees = {
      old: { 'same.bin': large, "dir with space/it's.txt": 'old text', 'gone.txt': 'gone' },
      new: {
        'moved/same.bin': `${large}!`,
        "dir with space/it's.txt": 'new text',
        'empty.txt': '',
        'same.bin': large,
      },
    };
    for (const [side, files] of Object.entries(trees)) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(join(root, side, path, '..'), { recursive: true });
        await writeFile(join(root, side, path), content);
      }
    }
    const [oldRoot, newRoot, scratch] = [join(root, 'old'), join(root, 'new'), join(root, 'scratch')];
    await mkdir(scratch);
    return {
      oldRoot,
      newRoot,
      scratch,
      changes: compareFiles(await listFiles(oldRoot), await listFiles(newRoot)),
      measure: async (command, args) => {
        const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' });
        if (status !== 0) throw new Error(stderr);
        return await Promise.resolve({ stdout, cpuSeconds: 1, peakBytes: 1, wallSeconds: 1 });
      },
    };
  }

  async function makeAndApply(peer: Peer, bout: Bout) {
    const outRoot = join(root, 'out');
    const made = await peer.make(bout);
    return { ...(await made.apply(outRoot)), outRoot };
  }

  it('is made and rebuilt by the simulation of fixed chunks, sending only what the old tree lacks', async () => {
    const bout = await makeBout();
    const { downloadBytes, outRoot } = await makeAndApply(steampipe, bout);
    expect(findDifferences(await listFiles(bout.newRoot), await listFiles(outRoot))).toEqual([]);
    expect(downloadBytes).toBeGreaterThan(0);
    expect(downloadBytes).toBeLessThan(2000);
  });

  const hasZstd = spawnSync('zstd', ['--version']).status === 0;
  it.runIf(hasZstd)('is made and rebuilt by a tool that knows single files only', async () => {
    const bout = await makeBout();
    const copying = fileToolPeer({
      id: 'copying',
      label: 'copying',
      programs: ['cp'],
      readVersion: async () => await Promise.resolve('1'),
      diff: (_oldFile, newFile, patch) => line('cp', newFile, patch),
      apply: (_oldFile, patch, newFile) => line('cp', patch, newFile),
    });
    const { downloadBytes, outRoot } = await makeAndApply(copying, bout);
    expect(findDifferences(await listFiles(bout.newRoot), await listFiles(outRoot))).toEqual([]);
    expect(downloadBytes).toBeGreaterThan('new text'.length);
  });
});
