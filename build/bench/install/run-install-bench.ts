import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BenchProblem } from '../bench-problem.ts';
import { findMissing } from '../measure/find-program.ts';
import { measureCommand } from '../measure/measure-command.ts';
import type { Usage } from '../measure/usage.ts';
import { projectFolder } from '../peers/gantry.ts';
import { listFiles, totalBytes } from '../trees/list-files.ts';
import { serveFolder } from './serve-folder.ts';

/** The best of some runs, each figure for itself. */
export interface InstallFigure {
  readonly tool: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

export interface InstallBench {
  readonly tree: string;
  readonly files: number;
  readonly bytes: number;
  readonly install: readonly InstallFigure[];
  readonly verify: readonly InstallFigure[];
}

interface Contender {
  readonly tool: string;
  /** Given a folder that is not there yet. */
  readonly command: (into: string) => readonly string[];
  /** True when its last line is its own {@link Usage}: that of a part of what it does. */
  readonly tellsUsage?: boolean;
}

const PROGRAMS = ['casync', 'curl', 'zstd', 'tar', 'xargs', 'sha256sum'];
const INSTALL_CHILD = join(projectFolder, 'patcher', 'testing', 'install-child.ts');
const RUNNING_CHILD = join(projectFolder, 'patcher', 'bench', 'running-patcher-child.ts');
const PUBLISH_CHILD = join(projectFolder, 'patcher', 'bench', 'publish-tree-child.ts');
const TIMEOUT_MS = 600_000;
/** As `patcher/process/patcher-flags.ts` has the patcher started. */
const AS_LAUNCHER_STARTS_IT = [
  'env',
  `NODE_COMPILE_CACHE=${join(projectFolder, 'node_modules', '.cache', 'gantry')}`,
  'UV_THREADPOOL_SIZE=16',
  'MALLOC_MMAP_THRESHOLD_=131072',
  'MALLOC_TRIM_THRESHOLD_=131072',
  process.execPath,
  '--no-warnings',
  '--max-semi-space-size=4',
  '--heap-growing-percent=10',
  '--initial-old-space-size=64',
];

const PIPE = 'mkdir -p "$2" && curl -sf "$1" | zstd -dc | tar -C "$2" -xf -';
const HASH_ALL = 'find "$1" -type f -print0 | xargs -0 -P "$(nproc)" -n 64 sha256sum > /dev/null';

/**
 * Install a tree from a server on this machine, and verify it, against tools that do part of the same; in turns, so
 * that whatever else the machine does strikes all alike.
 * @param rounds How often each runs; its best counts.
 */
export async function runInstallBench(options: {
  readonly tree: string;
  readonly root: string;
  readonly work: string;
  readonly rounds: number;
  readonly log: (line: string) => void;
}): Promise<InstallBench> {
  const missing = await findMissing(PROGRAMS);
  if (missing.length > 0)
    throw new BenchProblem(`Missing: ${missing.join(', ')}.`, 'Install them and try again.');
  const { root, work, log } = options;
  const store = join(work, 'store');
  mkdirSync(store, { recursive: true });
  log('publishing the tree for every tool');
  const build: unknown = JSON.parse(
    execFileSync(process.execPath, ['--no-warnings', PUBLISH_CHILD, root, store], { encoding: 'utf8' }),
  );
  execFileSync('casync', ['make', `--store=${join(store, 'tree.castr')}`, join(store, 'tree.caidx'), root], {
    stdio: 'ignore',
  });
  execFileSync('sh', [
    '-c',
    'tar -C "$1" -cf - . | zstd -q -12 -o "$2"',
    'sh',
    root,
    join(store, 'tree.tar.zst'),
  ]);
  const server = await serveFolder(store);
  try {
    const out = join(work, 'out');
    const grant = { baseUrl: server.baseUrl, query: '' };
    const jobIn = (verb: string, into: string) => JSON.stringify({ verb, root: into, grant, build });
    const job = (verb: string, into: string) => [...AS_LAUNCHER_STARTS_IT, INSTALL_CHILD, jobIn(verb, into)];
    const installers: readonly Contender[] = [
      {
        tool: 'Gantry, in the running patcher',
        command: (into) => [process.execPath, '--no-warnings', RUNNING_CHILD, jobIn('install', into)],
        tellsUsage: true,
      },
      { tool: 'Gantry, started for it', command: (into) => job('install', into) },
      {
        tool: 'casync extract',
        command: (into) => [
          'casync',
          'extract',
          `--store=${server.baseUrl}tree.castr`,
          `${server.baseUrl}tree.caidx`,
          into,
        ],
      },
      {
        tool: 'curl to zstd -d to tar -x',
        command: (into) => ['sh', '-c', PIPE, 'sh', `${server.baseUrl}tree.tar.zst`, into],
      },
      {
        tool: 'the same, flushed to the disk',
        command: (into) => [
          'sh',
          '-c',
          `${PIPE} && sync -f "$2"`,
          'sh',
          `${server.baseUrl}tree.tar.zst`,
          into,
        ],
      },
    ];
    const install = await takeTurns(installers, { ...options, out });
    const installed = join(out, 'to-verify');
    // Not synchronously: this process is the server.
    const [program = '', ...parameters] = job('install', installed);
    await measureCommand(program, parameters, { timeoutMs: TIMEOUT_MS });
    const copy = join(work, 'copy');
    cpSync(root, copy, { recursive: true, verbatimSymlinks: true });
    const verifiers: readonly Contender[] = [
      { tool: 'Gantry', command: () => job('verify', installed) },
      { tool: 'sha256sum on all cores', command: () => ['sh', '-c', HASH_ALL, 'sh', copy] },
    ];
    const verify = await takeTurns(verifiers, { ...options, out });
    const files = await listFiles(root);
    return { tree: options.tree, files: files.length, bytes: totalBytes(files), install, verify };
  } finally {
    server.close();
  }
}

async function takeTurns(
  contenders: readonly Contender[],
  {
    rounds,
    log,
    out,
  }: { readonly rounds: number; readonly log: (line: string) => void; readonly out: string },
): Promise<InstallFigure[]> {
  const best = new Map<string, Usage>();
  mkdirSync(out, { recursive: true });
  for (let round = 0; round < rounds; round++) {
    for (const [index, { tool, command, tellsUsage }] of contenders.entries()) {
      // Nothing is deleted in between: for seconds ext4 gives no deleted inode again, and looks at each for every new file.
      const [program = '', ...parameters] = command(join(out, `${round}-${index}`));
      const measured = await measureCommand(program, parameters, { timeoutMs: TIMEOUT_MS });
      const usage = tellsUsage === true ? { ...measured, ...readUsage(measured.stdout) } : measured;
      if (usage.stdout.includes('"code"'))
        throw new BenchProblem(`${tool} failed: ${usage.stdout}`, 'Try again.');
      log(`${tool}: ${usage.wallSeconds.toFixed(2)} s, ${usage.cpuSeconds.toFixed(2)} CPU s`);
      const known = best.get(tool) ?? usage;
      best.set(tool, {
        wallSeconds: Math.min(known.wallSeconds, usage.wallSeconds),
        cpuSeconds: Math.min(known.cpuSeconds, usage.cpuSeconds),
        peakBytes: Math.max(known.peakBytes, usage.peakBytes),
      });
    }
  }
  return [...best].map(([tool, usage]) => ({ tool, ...usage }));
}

function readUsage(stdout: string): Usage {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Usage;
}

/** The tables for docs/performance.md. Speeds are relative to Gantry's: above 1 it is the faster. */
export function renderInstallBench({
  tree,
  files,
  bytes,
  install,
  verify,
}: InstallBench): Record<string, string> {
  const mb = (bytes / 1e6).toFixed(0);
  return {
    tree: `${tree}: ${files.toLocaleString('en')} files, ${mb} MB.`,
    install: renderFigures(install, bytes),
    verify: renderFigures(verify, bytes),
  };
}

function renderFigures(figures: readonly InstallFigure[], bytes: number): string {
  const ours = figures[0] as InstallFigure;
  const rows = figures.map(({ tool, wallSeconds, cpuSeconds, peakBytes }) => [
    tool,
    `${wallSeconds.toFixed(1)} s`,
    `${(bytes / 1e6 / wallSeconds).toFixed(0)} MB/s`,
    `${cpuSeconds.toFixed(1)} s`,
    `${(peakBytes / 2 ** 20).toFixed(0)} MiB`,
    `${(wallSeconds / ours.wallSeconds).toFixed(2)} ×`,
    `${(cpuSeconds / ours.cpuSeconds).toFixed(2)} ×`,
  ]);
  const head = ['tool', 'time', 'speed', 'CPU', 'memory', 'Gantry is faster by', 'and takes less CPU by'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
