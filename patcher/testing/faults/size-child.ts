/**
 * `node size-child.ts KIND AMOUNT`: install, verify, repair, update and adopt a build of so many files (`files`, updated once
 * more with a patch at hand), one of a single file of so many GiB (`file`) or one of so many GiB in files of 100 MiB
 * (`game`), and print one line of JSON with the most memory each took and how late its event loop was.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildReference } from '../../install/install.ts';
import type { Repair } from '../../install/repair-install.ts';
import { folderBeside } from '../../install/state/state-folder.ts';
import { PATCHER_FLAGS, patcherEnvironment } from '../../process/patcher-flags.ts';
import { DEFAULT_CHUNKING } from '../../scan/chunker.ts';
import { scanTree } from '../../scan/scan-tree.ts';
import { type ChildJob, runChildJob } from '../jobs/child-job.ts';
import { GameOnCdn } from '../builds/game-on-cdn.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { bigGame, largeFile, manyFiles, type SizeBuild } from './size-builds.ts';

type Verb = ChildJob['verb'] | 'update' | 'update with a patch';

/** What one job took. */
export interface SizeJob {
  readonly verb: Verb;
  readonly seconds: number;
  readonly peakMiB: number;
  /** How late the event loop was, of a hundred looks at most 99, and once. */
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
}

export interface SizeReport {
  readonly name: string;
  readonly jobs: readonly SizeJob[];
  readonly failures: readonly string[];
}

interface Said {
  readonly code?: string;
  readonly outcome?: unknown;
  readonly peakMiB: number;
  readonly lag: { readonly p99Ms: number; readonly maxMs: number };
}

const CHILD = fileURLToPath(new URL('../jobs/install-child.ts', import.meta.url));

const KINDS: Record<string, { name: (amount: number) => string; make: typeof manyFiles; harmed: string[] }> =
  {
    files: {
      name: (files) => `${files} files`,
      make: manyFiles,
      harmed: ['d0/f50.dat', 'd1/f550.dat', 'd1/f551.dat'],
    },
    file: { name: (gib) => `one file of ${gib} GiB`, make: largeFile, harmed: ['large.pak'] },
    game: {
      name: (gib) => `${gib} GiB in files of 100 MiB`,
      make: bigGame,
      harmed: ['data/0001.pak', 'data/0002.pak', 'data/0003.pak'],
    },
  };

const [kind, amount] = [process.argv[2] ?? '', Number(process.argv[3])] as const;
const { name, make, harmed } = KINDS[kind] as (typeof KINDS)[string];
/** Of a disk in memory that says it has more: an install asks for what it may take where no file has holes. */
const DISK_GIB = 160;
// In memory: it is the installer's memory that is measured, not how fast a disk flushes.
const scratch = await mkdtemp('/dev/shm/gantry-size-');
execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_GIB}g,nr_inodes=0`, 'tmpfs', scratch]);
const game = await GameOnCdn.start(scratch);
try {
  process.stdout.write(`${JSON.stringify([await measure()])}\n`);
} finally {
  await game.close();
  execFileSync('umount', [scratch]);
  await removeTree(scratch);
}

async function measure(): Promise<SizeReport> {
  const root = path.join(scratch, 'install');
  const grant = await game.ports.grants.current();
  const jobs: SizeJob[] = [];
  const failures: string[] = [];
  const run = async (verb: Verb, build: BuildReference, more: Partial<ChildJob> = {}) => {
    const isUpdate = verb === 'update' || verb === 'update with a patch';
    const job = { verb: isUpdate ? 'install' : verb, root, grant, build, ...more } as const;
    const began = performance.now();
    const { code, outcome, peakMiB, lag } = await runChild(job);
    const seconds = Math.round((performance.now() - began) / 1000);
    jobs.push({ verb, seconds, peakMiB, lagP99Ms: lag.p99Ms, lagMaxMs: lag.maxMs });
    if (code !== undefined) failures.push(`${name(amount)}: ${verb} ended with ${code}`);
    return outcome;
  };
  const first = publish(1, make(game.objects, amount));
  await run('install', first);
  await run('verify', first);
  if (failures.length > 0) return { name: name(amount), jobs, failures };
  for (const [index, at] of harmed.entries()) await harm(path.join(root, at), index);
  const repair = (await run('repair', first)) as Repair | undefined;
  const found = new Set(repair?.report.damage.map((damage) => damage.path));
  for (const at of harmed)
    if (!found.has(at)) failures.push(`${name(amount)}: damage of ${at} was not found`);
  let last = first;
  if (kind !== 'file') {
    last = publish(2, make(game.objects, amount, 2));
    await run('update', last);
  }
  if (kind === 'files') {
    const [before, other] = [last, path.join(scratch, 'next')];
    last = publish(3, make(game.objects, amount, 3));
    await runChildJob({ verb: 'install', root: other, grant, build: last });
    const patch = await game.publishPatch(await sideOf(root, before), await sideOf(other, last));
    await run('update with a patch', last, { patches: [patch] });
  }
  // What makes it an install lies beside it: without, it is a folder of unknown origin.
  await removeTree(folderBeside(root));
  await run('adopt', last);
  return { name: name(amount), jobs, failures };
}

async function sideOf(root: string, reference: BuildReference) {
  return { root, reference, scanned: await scanTree({ root, chunking: DEFAULT_CHUNKING, workers: 1 }) };
}

function publish(buildId: number, { manifest }: SizeBuild): BuildReference {
  return { buildId, version: String(buildId), manifest: game.addManifest(manifest) };
}

/** One file loses some bits in its middle, one its end, and one goes. */
async function harm(file: string, index: number): Promise<void> {
  const { size } = await stat(file);
  if (index === 2) return unlink(file);
  const handle = await open(file, 'r+');
  try {
    if (index === 1) await handle.truncate(size - 1);
    else await handle.write(Buffer.from([0xff]), 0, 1, Math.floor(size / 2));
  } finally {
    await handle.close();
  }
}

async function runChild(job: ChildJob): Promise<Said> {
  const child = spawn(process.execPath, [...PATCHER_FLAGS, CHILD, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...patcherEnvironment(), GANTRY_LAG: '1' },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  await once(child, 'close');
  return JSON.parse(Buffer.concat(output).toString().trim().split('\n').at(-1) ?? '{}') as Said;
}
