import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sumSizes } from './file-tool.ts';
import type { Peer } from './peer.ts';

export const projectFolder = fileURLToPath(new URL('../../../', import.meta.url));
/** As `npm run setup` links it: what a user has on the PATH. */
export const gantryCommand = join(projectFolder, 'node_modules', '.bin', 'gantry');

export const efforts = ['fast', 'default', 'max'] as const;
export type Effort = (typeof efforts)[number];

/** `gantry diff` and `gantry apply` at one effort. */
export function gantryPatch(effort: Effort): Peer {
  return {
    id: `gantry-${effort}`,
    label: `Gantry ${effort}`,
    kind: 'ours',
    programs: [],
    readVersion: readRevision,
    make: async ({ oldRoot, newRoot, scratch, measure }) => {
      const patch = join(scratch, 'patch');
      const spoken = ['--json', '--quiet'];
      const usage = await measure(gantryCommand, [
        'diff',
        oldRoot,
        newRoot,
        '-o',
        patch,
        '--effort',
        effort,
        ...spoken,
      ]);
      return {
        usage,
        details: readLastLine(usage.stdout),
        apply: async (outRoot) => {
          const applied = await measure(gantryCommand, ['apply', patch, oldRoot, outRoot, ...spoken]);
          await measure(gantryCommand, ['verify', patch, outRoot, ...spoken]);
          const downloadBytes = await sumSizes([patch]);
          return { usage: applied, downloadBytes, details: readLastLine(applied.stdout) };
        },
      };
    },
  };
}

export function readLastLine(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
}

/** What makes and applies patches: a change of anything else measures nothing anew. */
const MEASURED_SOURCES = ['--', 'patcher', 'backend/publisher'];

/** The last commit that changed what is measured, with `+` when it has changed since. */
export async function readRevision(): Promise<string> {
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: projectFolder, encoding: 'utf8' }).stdout?.trim() ?? '';
  const commit = git('log', '-1', '--format=%h', ...MEASURED_SOURCES);
  const changed = git('status', '--porcelain', ...MEASURED_SOURCES) !== '';
  return await Promise.resolve(`${commit}${changed ? '+' : ''}`);
}
