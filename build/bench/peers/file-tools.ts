import { type FileTool, fileToolPeer } from './file-tool.ts';
import type { Peer } from './peer.ts';
import { readVersion } from './read-version.ts';
import { line } from './shell.ts';

/** xdelta3 wants its window of the old file as a power of two that holds all of it. */
export function xdeltaWindow(oldBytes: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(oldBytes, 2 ** 20)));
}

const bsdiff: FileTool = {
  id: 'bsdiff',
  label: 'bsdiff',
  programs: ['bsdiff', 'bspatch'],
  slow: true,
  // It has no way to tell its version; 4.3 is the last there was.
  readVersion: async () => await Promise.resolve('4.3'),
  diff: (oldFile, newFile, patch) => line('bsdiff', oldFile, newFile, patch),
  apply: (oldFile, patch, newFile) => line('bspatch', oldFile, newFile, patch),
};

const xdelta3: FileTool = {
  id: 'xdelta3',
  label: 'xdelta3 -9 lzma',
  programs: ['xdelta3'],
  readVersion: async () => await readVersion('xdelta3', '-V'),
  diff: (oldFile, newFile, patch, oldBytes) => {
    const window = ['-B', String(xdeltaWindow(oldBytes)), '-W', '16777216', '-I', '0'];
    // Without -D it unpacks files of gzip's and packs them again otherwise than they were.
    return line('xdelta3', '-e', '-D', '-9', '-S', 'lzma', '-f', ...window, '-s', oldFile, newFile, patch);
  },
  apply: (oldFile, patch, newFile, oldBytes) =>
    line('xdelta3', '-d', '-D', '-f', '-B', String(xdeltaWindow(oldBytes)), '-s', oldFile, patch, newFile),
};

function zstd(level: number): FileTool {
  return {
    id: `zstd-${level}`,
    label: `zstd -${level} --patch-from`,
    programs: ['zstd'],
    // Its high level is the better peer, its low one the quick one.
    ...(level > 9 ? { slow: true as const } : { variant: true as const }),
    readVersion: async () => await readVersion('zstd', '--version'),
    diff: (oldFile, newFile, patch) =>
      line('zstd', '-q', `-${level}`, '--long=31', `--patch-from=${oldFile}`, newFile, '-o', patch),
    apply: (oldFile, patch, newFile) =>
      line('zstd', '-q', '-d', '--long=31', `--patch-from=${oldFile}`, patch, '-o', newFile),
  };
}

const rdiff: FileTool = {
  id: 'rdiff',
  label: 'rdiff + zstd -19',
  variant: true,
  programs: ['rdiff', 'zstd'],
  readVersion: async () => await readVersion('rdiff', '--version'),
  diff: (oldFile, newFile, patch) =>
    [
      line('rdiff', '-f', 'signature', oldFile, `${patch}.signature`),
      line('rdiff', '-f', 'delta', `${patch}.signature`, newFile, `${patch}.raw`),
      line('zstd', '-q', '-19', '--long=27', `${patch}.raw`, '-o', patch),
      line('rm', `${patch}.raw`, `${patch}.signature`),
    ].join('\n'),
  apply: (oldFile, patch, newFile) =>
    [
      line('zstd', '-q', '-d', '--long=27', patch, '-o', `${patch}.raw`),
      line('rdiff', '-f', 'patch', oldFile, `${patch}.raw`, newFile),
      line('rm', `${patch}.raw`),
    ].join('\n'),
};

/** Tools that know single files only. */
export const fileTools: readonly Peer[] = [bsdiff, xdelta3, zstd(3), zstd(19), rdiff].map(fileToolPeer);
