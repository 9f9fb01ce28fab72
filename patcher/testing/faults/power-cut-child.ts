/**
 * `node power-cut-child.ts '<json>'`: cut the power of an ext4 at calls of install jobs, start it again from what its
 * disk held at that moment, and print one line of JSON with what became of the installs. Needs root, loop devices
 * and strace (Linux).
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallFaultsReport } from './call-faults-child.ts';
import { JobBench, type JobScenario } from './job-scenarios.ts';
import { LoopImage } from './loop-image.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { type CallChoice, chooseCalls, StruckTally } from './struck-tally.ts';
import { listCallPoints, runWithCallFault } from './trace-calls.ts';

export interface PowerCutRequest extends CallChoice {
  readonly scenarios: readonly JobScenario[];
  /** As in `CallFaultsRequest`. */
  readonly byThreads?: boolean;
}

const request = JSON.parse(process.argv[2] ?? '{}') as PowerCutRequest;
const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-power-'));
const image = new LoopImage(path.join(scratch, 'disk.img'), path.join(scratch, 'mount'));
const cut = new LoopImage(path.join(scratch, 'cut.img'), image.folder);
const bench = await JobBench.start(path.join(scratch, 'bench'));
try {
  await assertCutLoses();
  const reports: CallFaultsReport[] = [];
  for (const scenario of request.scenarios) reports.push(await cutAll(scenario));
  process.stdout.write(`${JSON.stringify(reports)}\n`);
} finally {
  await bench.close();
  await removeTree(scratch);
}

/** The control: a cut that loses nothing proves nothing. */
async function assertCutLoses(): Promise<void> {
  image.format();
  image.mount();
  const [kept, lost] = ['kept', 'lost'].map((name) => path.join(image.folder, name)) as [string, string];
  const descriptor = openSync(kept, 'w');
  writeSync(descriptor, 'flushed');
  fsyncSync(descriptor);
  closeSync(descriptor);
  writeFileSync(lost, 'not flushed');
  await image.copyDiskTo(cut.file);
  image.unmount();
  cut.mount();
  try {
    const read = (file: string) => readFileSync(file, { encoding: 'utf8', flag: 'a+' });
    if (read(kept) !== 'flushed' || read(lost) !== '') throw new Error('this cut loses the wrong things');
  } finally {
    cut.unmount();
  }
}

async function cutAll(scenario: JobScenario): Promise<CallFaultsReport> {
  const prepared = path.join(scratch, 'prepared.img');
  const log = path.join(scratch, 'strace.log');
  image.format();
  image.mount();
  await bench.lay(scenario, image.folder);
  image.unmount();
  await copyFile(image.file, prepared);
  const job = { ...(await bench.jobOf(scenario, image.folder)), byThreads: request.byThreads === true };
  image.mount();
  const points = await listCallPoints(job, image.folder, log);
  image.unmount();
  const chosen = chooseCalls(points, request);
  const tally = new StruckTally();
  const failures: string[] = [];
  for (const point of chosen) {
    await copyFile(prepared, image.file);
    image.mount();
    const run = await runWithCallFault(job, point, { fault: 'signal=SIGKILL', log });
    tally.addRun(run);
    await image.copyDiskTo(cut.file);
    image.unmount();
    cut.mount();
    try {
      tally.addRest(await bench.finish(scenario, image.folder));
    } catch (error) {
      failures.push(
        `${scenario}, ${point.call} ${point.index} of ${point.path}: ${(error as Error).message}`,
      );
    } finally {
      cut.unmount();
    }
  }
  return { scenario, points: points.length, runs: chosen.length, ...tally.counts, codes: [], failures };
}
