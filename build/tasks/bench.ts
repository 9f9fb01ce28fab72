// Gantry and every peer found on this machine, on the same pairs, each result applied and compared byte for byte.
//   npm run bench -- --pairs node,esbuild --peers bsdiff,zstd --efforts fast,default,max
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { BenchProblem } from '../bench/bench-problem.ts';
import { runStudy } from '../bench/chunks/run-study.ts';
import { renderStudyReport, writeStudy, writeStudyDocs } from '../bench/chunks/write-study.ts';
import { type InstallBench, renderInstallBench } from '../bench/install/install-tables.ts';
import { runInstallBench } from '../bench/install/run-install-bench.ts';
import { type PairDescription, pairs } from '../bench/pairs/catalogue.ts';
import { PairProvider } from '../bench/pairs/provide-pair.ts';
import { peers } from '../bench/peers/all-peers.ts';
import { projectFolder } from '../bench/peers/gantry.ts';
import { fillBlocks, renderReport, writeDocs, writeReport } from '../bench/report/write-report.ts';
import { runBench } from '../bench/run-bench.ts';
import { chooseByName, choosePeers } from '../bench/selection.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string' },
    peers: { type: 'string' },
    efforts: { type: 'string' },
    data: { type: 'string' },
    out: { type: 'string' },
    quick: { type: 'boolean', default: false },
    reuse: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    chunks: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run bench -- [options]

  --pairs a,b      these pairs only: ${pairs.map((pair) => pair.id).join(', ')}
  --peers a,b      these peers only, by the start of their name: ${peers.flatMap((peer) => (peer.kind === 'ours' ? [] : peer.id)).join(', ')}; or none
  --efforts a,b    fast, default, max, chunks, or none; with no peers either the pairs are only fetched
  --quick          small pairs and quick peers only
  --data DIR       take pairs from archives there (NAME.tar.zst with folders old and new) before fetching them
  --reuse          keep earlier results of the same versions instead of measuring again
  --minutes N      end a command that takes longer (default: 60)
  --out DIR        where report.md, chart.svg and results.json go (default: .cache/bench/report)
  --docs           also write the tables and the chart into docs/
  --install        instead: how fast whole games (hedgewars, warzone, or --pairs) are installed and verified, beside casync,
                   tar and sha256sum
  --chunks         instead: what other chunk sizes, pack sizes and requests would cost, and other systems' ways

Pairs and results are kept in .cache/bench.`;

if (values.help) console.log(USAGE);
else {
  try {
    if (values.install) await benchInstalls();
    else await (values.chunks ? studyChunks() : bench());
  } catch (error) {
    if (!(error instanceof BenchProblem)) throw error;
    console.error(`\n${error.message}\n${error.next}\n`);
    process.exitCode = 1;
  }
}

async function bench(): Promise<void> {
  // A stopped bench ends the command it is measuring too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const cache = join(projectFolder, '.cache', 'bench');
  const work = join(cache, 'work', String(process.pid));
  process.once('exit', () => rmSync(work, { recursive: true, force: true }));
  const offered: readonly PairDescription[] = values.quick ? pairs.filter((pair) => pair.quick) : pairs;
  const run = await runBench({
    pairs: values.pairs === undefined ? offered : chooseByName('pair', pairs, values.pairs.split(',')),
    peers: choosePeers(peers, {
      names: values.peers?.split(','),
      efforts: values.efforts?.split(','),
      quick: values.quick,
    }),
    cache,
    work,
    data: values.data === undefined ? undefined : resolve(values.data),
    reuse: values.reuse,
    timeoutMs: readMinutes(values.minutes) * 60_000,
    log: (line) => console.error(line),
  });
  console.log(renderReport(run));
  const out = values.out === undefined ? join(cache, 'report') : resolve(values.out);
  await writeReport(run, out);
  console.error(`Report, chart and figures: ${out}`);
  if (values.docs) await writeDocs(run);
}

async function studyChunks(): Promise<void> {
  const cache = join(projectFolder, '.cache', 'bench');
  const data = values.data === undefined ? undefined : resolve(values.data);
  const study = await runStudy({ cache, data, log: (line) => console.error(line) });
  console.log(renderStudyReport(study));
  const out = values.out === undefined ? join(cache, 'report') : resolve(values.out);
  await writeStudy(study, out);
  console.error(`Tables and figures: ${out}`);
  if (values.docs) await writeStudyDocs(study);
}

async function benchInstalls(): Promise<void> {
  const cache = join(projectFolder, '.cache', 'bench');
  const work = join(cache, 'work', String(process.pid));
  process.once('exit', () => rmSync(work, { recursive: true, force: true }));
  const names = values.pairs?.split(',') ?? ['hedgewars', 'warzone'];
  const data = values.data === undefined ? undefined : resolve(values.data);
  const provider = new PairProvider({ cache, data });
  const benches: InstallBench[] = [];
  for (const description of chooseByName('pair', pairs, names)) {
    const { id, about } = description;
    const { newRoot: root } = await provider.provide(description);
    const log = (line: string) => console.error(line);
    benches.push(await runInstallBench({ tree: `${id} (${about})`, root, work: join(work, id), log }));
  }
  const tables = renderInstallBench(benches);
  for (const text of Object.values(tables)) console.log(`${text}\n`);
  const page = join(projectFolder, 'docs', 'performance.md');
  if (values.docs) await writeFile(page, fillBlocks(await readFile(page, 'utf8'), tables, 'install'));
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (minutes > 0 && Number.isFinite(minutes)) return minutes;
  throw new BenchProblem(`--minutes takes a number above 0, not "${text}".`, 'For example: --minutes 30');
}
