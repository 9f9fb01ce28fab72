import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../peers/gantry.ts';

/** One way to install a tree or to verify it. */
export interface Contender {
  readonly tool: string;
  /** @param into A folder that is not there yet. */
  readonly command: (into: string) => readonly string[];
  /** True when its last line is its own usage: that of a part of what it does. */
  readonly tellsUsage?: boolean;
  /** True when it says something of a disk only. */
  readonly flushes?: boolean;
}

const child = (folder: string, name: string) => join(projectFolder, 'patcher', folder, `${name}-child.ts`);
const PIPE = 'mkdir -p "$2" && curl -sf "$1" | zstd -dc | tar -C "$2" -xf -';
const HASH_ALL = 'find "$1" -type f -print0 | xargs -0 -P "$(nproc)" -n 64 sha256sum > /dev/null';

/** Programs that have to be there. */
export const PROGRAMS = ['casync', 'curl', 'zstd', 'tar', 'xargs', 'sha256sum'];

/** A tree that was published for every tool, and the server that has it. */
export interface PublishedTree {
  readonly baseUrl: string;
  /** As an install of Gantry's is told of it. */
  readonly build: unknown;
  /** A small game, published for Gantry alone, that its running patcher has installed before. */
  readonly before: Omit<PublishedTree, 'before'>;
}

/**
 * Publish a tree for every tool into a folder: as packs, as casync's store, and as an archive.
 * @returns The build as Gantry knows it.
 */
export function publishTree(root: string, store: string): unknown {
  const build = publishPacks(root, store);
  const index = join(store, 'tree.caidx');
  execFileSync('casync', ['make', `--store=${join(store, 'tree.castr')}`, index, root], { stdio: 'ignore' });
  const pack = 'tar -C "$1" -cf - . | zstd -q -12 -o "$2"';
  execFileSync('sh', ['-c', pack, 'sh', root, join(store, 'tree.tar.zst')]);
  return build;
}

/** Files of the small game: enough for a job that does all there is to do. */
const SMALL_FILES = 300;

/** Make a small game in one folder and publish it as packs into another. @returns As {@link publishTree}. */
export function publishSmallGame(root: string, store: string): unknown {
  mkdirSync(root);
  mkdirSync(store);
  for (let file = 0; file < SMALL_FILES; file++) writeFileSync(join(root, `${file}`), `level ${file}`);
  return publishPacks(root, store);
}

function publishPacks(root: string, store: string): unknown {
  const publish = ['--no-warnings', child('bench', 'publish-tree'), root, store];
  return JSON.parse(execFileSync(process.execPath, publish, { encoding: 'utf8' }));
}

export function installersOf(tree: PublishedTree): readonly Contender[] {
  const { baseUrl } = tree;
  const archive = `${baseUrl}tree.tar.zst`;
  const casync = ['casync', 'extract', `--store=${baseUrl}tree.castr`, `${baseUrl}tree.caidx`];
  return [
    { tool: 'Gantry, in the running patcher', ...runningPatcher(tree, 'install') },
    { tool: 'Gantry, started for it', command: (into) => startedPatcher(tree, 'install', into) },
    { tool: 'casync extract', command: (into) => [...casync, into] },
    { tool: 'curl to zstd -d to tar -x', command: (into) => ['sh', '-c', PIPE, 'sh', archive, into] },
    {
      tool: 'the same, flushed to the disk',
      command: (into) => ['sh', '-c', `${PIPE} && sync -f "$2"`, 'sh', archive, into],
      flushes: true,
    },
  ];
}

/**
 * @param installed An install of Gantry's.
 * @param copy The same files as a plain folder.
 */
export function verifiersOf(tree: PublishedTree, installed: string, copy: string): readonly Contender[] {
  const running = runningPatcher(tree, 'verify');
  return [
    { tool: 'Gantry, in the running patcher', ...running, command: () => running.command(installed) },
    { tool: 'Gantry, started for it', command: () => startedPatcher(tree, 'verify', installed) },
    { tool: 'sha256sum on all cores', command: () => ['sh', '-c', HASH_ALL, 'sh', copy] },
  ];
}

function runningPatcher(tree: PublishedTree, verb: string): Omit<Contender, 'tool'> {
  const script = child('bench', 'running-patcher');
  const before = referenceTo(tree.before);
  return {
    command: (into) => [process.execPath, '--no-warnings', script, jobOf(tree, verb, into, before)],
    tellsUsage: true,
  };
}

function startedPatcher(tree: PublishedTree, verb: string, into: string): readonly string[] {
  const { flags, environment } = readPatcherStart();
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const script = child('testing/jobs', 'install');
  return ['env', ...variables, process.execPath, ...flags, script, jobOf(tree, verb, into)];
}

function jobOf(tree: PublishedTree, verb: string, root: string, before?: unknown): string {
  return JSON.stringify({ verb, root, ...referenceTo(tree), before });
}

function referenceTo({ baseUrl, build }: Omit<PublishedTree, 'before'>): object {
  return { grant: { baseUrl, query: '' }, build };
}

interface PatcherStart {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

let start: PatcherStart | undefined;

/** How the launcher starts its patcher, as it says itself. */
function readPatcherStart(): PatcherStart {
  const print = ['--no-warnings', child('bench', 'patcher-start')];
  start ??= JSON.parse(execFileSync(process.execPath, print, { encoding: 'utf8' })) as PatcherStart;
  return start;
}
