import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measureCommand } from '../measure/measure-command.ts';
import type { Start } from '../report/result.ts';
import { gantryCommand } from './gantry.ts';
import { line } from './shell.ts';

/** In one measurement: what is measured counts in hundredths of a second. */
const TIMES = 20;

/**
 * What starting takes: Node alone, and `gantry apply` with one unchanged file of some bytes, which loads and checks all that
 * applying any patch needs.
 * @param work A folder that is not there yet.
 */
export async function measureStart(work: string, timeoutMs: number): Promise<Start> {
  const [tree, patch] = [join(work, 'tree'), join(work, 'patch')];
  await mkdir(tree, { recursive: true });
  await writeFile(join(tree, 'file'), 'unchanged');
  await measureCommand(gantryCommand, ['diff', tree, tree, '-o', patch, '--quiet'], { timeoutMs });
  const apply = Array.from({ length: TIMES }, (_, time) =>
    line(gantryCommand, 'apply', patch, tree, join(work, `out-${time}`), '--quiet'),
  );
  const node = Array.from({ length: TIMES }, () => line(process.execPath, '-e', '0'));
  const [applySeconds, nodeSeconds] = [
    await measureEach(apply, timeoutMs),
    await measureEach(node, timeoutMs),
  ];
  return { applySeconds, nodeSeconds };
}

async function measureEach(lines: readonly string[], timeoutMs: number): Promise<number> {
  const script = `set -eu\n${lines.join('\n')}\n`;
  const { cpuSeconds } = await measureCommand('sh', ['-c', script], { timeoutMs });
  return cpuSeconds / lines.length;
}
