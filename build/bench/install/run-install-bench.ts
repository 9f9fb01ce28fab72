import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
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
  readonly command: readonly string[];
}

const PROGRAMS = ['casync', 'curl', 'zstd', 'tar', 'xargs', 'sha256sum'];
const INSTALL_CHILD = join(projectFolder, 'patcher', 'testing', 'install-child.ts');
const PUBLISH_CHILD = join(projectFolder, 'patcher', 'bench', 'publish-tree-child.ts');
const TIMEOUT_MS = 600_000;
/** As `patcher/process` starts the patcher: from compiled sources, with a heap that is collected early. */
const AS_LAUNCHER_STARTS_IT = [
  'env',
  `NODE_COMPILE_CACHE=${join(projectFolder, 'node_modules', '.cache', 'gantry')}`,
  process.execPath,
  '--no-warnings',
  '--max-semi-space-size=4',
  '--heap-growing-percent=10',
];

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
    const job = (verb: string) => [
      ...AS_LAUNCHER_STARTS_IT,
      INSTALL_CHILD,
      JSON.stringify({ verb, root: join(out, 'game'), grant, build }),
    ];
    const installers: readonly Contender[] = [
      { tool: 'Gantry', command: job('install') },
      {
        tool: 'casync extract',
        command: [
          'casync',
          'extract',
          `--store=${server.baseUrl}tree.castr`,
          `${server.baseUrl}tree.caidx`,
          join(out, 'game'),
        ],
      },
      {
        tool: 'curl to zstd -d to tar -x',
        command: [
          'sh',
          '-c',
          'mkdir -p "$2" && curl -sf "$1" | zstd -dc | tar -C "$2" -xf -',
          'sh',
          `${server.baseUrl}tree.tar.zst`,
          join(out, 'game'),
        ],
      },
    ];
    const empty = () => {
      rmSync(out, { recursive: true, force: true });
      mkdirSync(out);
    };
    const install = await takeTurns(installers, { ...options, before: empty });
    empty();
    // Not synchronously: this process is the server.
    const [program = '', ...parameters] = job('install');
    await measureCommand(program, parameters, { timeoutMs: TIMEOUT_MS });
    const copy = join(work, 'copy');
    cpSync(root, copy, { recursive: true, verbatimSymlinks: true });
    const verifiers: readonly Contender[] = [
      { tool: 'Gantry', command: job('verify') },
      {
        tool: 'sha256sum on all cores',
        command: [
          'sh',
          '-c',
          'find "$1" -type f -print0 | xargs -0 -P "$(nproc)" -n 64 sha256sum > /dev/null',
          'sh',
          copy,
        ],
      },
    ];
    const verify = await takeTurns(verifiers, { ...options, before: () => {} });
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
    before,
  }: { readonly rounds: number; readonly log: (line: string) => void; readonly before: () => void },
): Promise<InstallFigure[]> {
  const best = new Map<string, Usage>();
  for (let round = 0; round < rounds; round++) {
    for (const { tool, command } of contenders) {
      before();
      const [program = '', ...parameters] = command;
      const usage = await measureCommand(program, parameters, { timeoutMs: TIMEOUT_MS });
      if (usage.stdout.includes('"code"'))
        throw new BenchProblem(`${tool} failed: ${usage.stdout}`, 'Try again.');
      log(`${tool}: ${usage.wallSeconds} s, ${usage.cpuSeconds.toFixed(2)} CPU s`);
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
