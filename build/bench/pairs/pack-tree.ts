import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

/** Make a tree of one file: another tree as one sorted tar, in which nothing but content differs between versions. */
export async function packTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const args = ['-c', '-f', join(to, 'game.pak'), ...same, '-C', from, '.'];
  await runTool('tar', args, { next: 'Install GNU tar.' });
}
