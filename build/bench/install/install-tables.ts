/** What a tool took in some runs, each figure for itself. */
export interface InstallFigure {
  readonly tool: string;
  /** In the middle of all runs. */
  readonly medianSeconds: number;
  /** In the quickest run. */
  readonly leastSeconds: number;
  /** The least. */
  readonly cpuSeconds: number;
  /** The most. */
  readonly peakBytes: number;
}

/** Some tools on the same tree, in the same place. */
export interface InstallTable {
  /** Of the tree, or where it was installed to. */
  readonly title: string;
  /** Gantry's own first. */
  readonly figures: readonly InstallFigure[];
}

export interface InstallBench {
  readonly tree: string;
  readonly files: number;
  readonly bytes: number;
  readonly installs: readonly InstallTable[];
  readonly verify: readonly InstallFigure[];
}

/** The blocks of docs/performance.md. Speeds are relative to Gantry's in its running patcher: above 1 it is the faster. */
export function renderInstallBench(benches: readonly InstallBench[]): Record<string, string> {
  const blocks = (tables: (bench: InstallBench) => readonly InstallTable[]) =>
    benches.flatMap((bench) => tables(bench).map((table) => renderTable(bench, table))).join('\n\n');
  return {
    tree: benches.map(describe).join('\n'),
    install: blocks(({ installs }) => installs),
    verify: blocks(({ verify }) => [{ title: 'verified', figures: verify }]),
  };
}

function describe({ tree, files, bytes }: InstallBench): string {
  return `- ${tree}: ${files.toLocaleString('en')} files, ${(bytes / 1e6).toFixed(0)} MB`;
}

function renderTable({ tree, bytes }: InstallBench, { title, figures }: InstallTable): string {
  const ours = figures[0] as InstallFigure;
  const rows = figures.map(({ tool, medianSeconds, leastSeconds, cpuSeconds, peakBytes }) => [
    tool,
    `${medianSeconds.toFixed(2)} s (${leastSeconds.toFixed(2)})`,
    `${(bytes / 1e6 / medianSeconds).toFixed(0)} MB/s`,
    `${cpuSeconds.toFixed(2)} s`,
    `${(peakBytes / 2 ** 20).toFixed(0)} MiB`,
    `${(medianSeconds / ours.medianSeconds).toFixed(2)} × (${(leastSeconds / ours.leastSeconds).toFixed(2)})`,
    `${(cpuSeconds / ours.cpuSeconds).toFixed(2)} ×`,
  ]);
  const name = tree.replace(/ \(.*$/, '');
  const head = [
    `${name}, ${title}`,
    'time (least)',
    'speed',
    'CPU',
    'memory',
    'Gantry is faster by (least)',
    'and takes less CPU by',
  ];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
