import { mkdir, readFile, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { BenchProblem } from './bench-problem.ts';
import { findMissing } from './measure/find-program.ts';
import { measureCommand } from './measure/measure-command.ts';
import type { Usage } from './measure/usage.ts';
import type { PairDescription } from './pairs/catalogue.ts';
import { type Pair, PairProvider } from './pairs/provide-pair.ts';
import { projectFolder } from './peers/gantry.ts';
import type { Peer } from './peers/peer.ts';
import { readReferenceFigures } from './report/reference-figures.ts';
import {
  type BenchRun,
  type Figure,
  type PairFacts,
  type Result,
  type ToolFacts,
  figureKey,
} from './report/result.ts';
import { formatMegabytes, formatUsage } from './report/tables.ts';
import {
  type ListedFile,
  type TreeChanges,
  compareFiles,
  findDifferences,
  listFiles,
  totalBytes,
} from './trees/list-files.ts';

export interface BenchRequest {
  readonly pairs: readonly PairDescription[];
  readonly peers: readonly Peer[];
  /** Pairs and results are kept here. */
  readonly cache: string;
  /** Scratch space of this run alone. */
  readonly work: string;
  /** Archives of pairs. */
  readonly data: string | undefined;
  /** Take a result of the same tool version from an earlier run instead of measuring again. */
  readonly reuse: boolean;
  readonly timeoutMs: number;
  readonly log: (line: string) => void;
}

interface ReadyPair extends Pair {
  readonly facts: PairFacts;
  readonly newFiles: readonly ListedFile[];
  readonly changes: TreeChanges;
}

/** Measure every tool on every pair, one command at a time. What cannot be had or fails becomes a remark. */
export async function runBench(request: BenchRequest): Promise<BenchRun> {
  const { log } = request;
  const remarks: string[] = [];
  const remark = (text: string): void => {
    // The report may be published: it does not say where this machine keeps things.
    const told = text.replaceAll(request.cache, '').replaceAll(projectFolder, '');
    remarks.push(told);
    log(told);
  };
  const reference = await readReferenceFigures();
  await makeMissingPrograms(request, remark);
  const present = await findPresent(request.peers, new Set(reference.keys()), remark);
  const tools: ToolFacts[] = [];
  for (const peer of request.peers) {
    const version = present.has(peer) ? await peer.readVersion() : reference.get(peer.id)?.version;
    if (version !== undefined) tools.push(describeTool(peer, version));
  }
  const provider = new PairProvider({ cache: request.cache, data: request.data });
  const figures = new Map<string, Figure>();
  const pairs: PairFacts[] = [];
  const startedAt = new Date().toISOString();
  let reusedResults = 0;
  for (const description of request.pairs) {
    const pair = await attempt(
      remark,
      description.id,
      async () => await preparePair(provider, description, log),
    );
    if (pair === undefined) continue;
    pairs.push(pair.facts);
    for (const peer of request.peers) {
      const key = figureKey(description.id, peer.id);
      const version = tools.find((tool) => tool.id === peer.id)?.version ?? '';
      const known = pair.asListed ? reference.get(peer.id)?.pairs.get(description.id) : undefined;
      if (!present.has(peer)) {
        if (known !== undefined) figures.set(key, { ...known, reference: true });
        continue;
      }
      const result = await attempt(
        remark,
        `${description.id}, ${peer.label}`,
        async () => await provideResult(request, pair, peer, version),
      );
      if (result === undefined) continue;
      figures.set(key, { ...result, reference: false });
      if (result.measuredAt < startedAt) reusedResults += 1;
    }
  }
  return {
    pairs,
    tools,
    figures,
    remarks,
    reusedResults,
    machine: describeMachine(),
    finishedAt: new Date().toISOString(),
  };
}

function describeTool({ id, label, kind, variant }: Peer, version: string): ToolFacts {
  return { id, label, kind, version, ...(variant === undefined ? {} : { variant }) };
}

/** What a peer can make itself goes into a folder of the cache that is searched after the PATH. */
async function makeMissingPrograms(
  { peers, cache, log }: BenchRequest,
  remark: (text: string) => void,
): Promise<void> {
  const tools = join(cache, 'tools');
  process.env['PATH'] = [process.env['PATH'] ?? '', tools].join(delimiter);
  for (const { label, programs, makePrograms } of peers) {
    if (makePrograms === undefined || (await findMissing(programs)).length === 0) continue;
    log(`${label}: making ${programs.join(', ')} …`);
    await mkdir(tools, { recursive: true });
    await attempt(remark, label, async () => await makePrograms(tools));
  }
}

async function findPresent(
  peers: readonly Peer[],
  withReference: ReadonlySet<string>,
  remark: (text: string) => void,
): Promise<ReadonlySet<Peer>> {
  const present = new Set<Peer>();
  for (const peer of peers) {
    const missing = await findMissing(peer.programs);
    if (missing.length === 0) present.add(peer);
    else {
      const instead = withReference.has(peer.id)
        ? 'its figures, in italics, were measured elsewhere on the same pairs'
        : 'left out';
      remark(`${peer.label}: ${missing.join(', ')} not found; ${instead}.`);
    }
  }
  return present;
}

async function preparePair(
  provider: PairProvider,
  description: PairDescription,
  log: (line: string) => void,
): Promise<ReadyPair> {
  log(`${description.id}: ${description.about}`);
  const pair = await provider.provide(description);
  const [oldFiles, newFiles] = [await listFiles(pair.oldRoot), await listFiles(pair.newRoot)];
  const { id, about } = description;
  const facts: PairFacts = {
    id,
    about,
    class: description.class,
    versions: pair.versions,
    oldBytes: totalBytes(oldFiles),
    newBytes: totalBytes(newFiles),
    newFiles: newFiles.length,
  };
  return { ...pair, facts, newFiles, changes: compareFiles(oldFiles, newFiles) };
}

async function provideResult(
  request: BenchRequest,
  pair: ReadyPair,
  peer: Peer,
  version: string,
): Promise<Result> {
  const file = join(request.cache, 'results', pair.description.id, `${peer.id}.json`);
  // A version marked as changed since its commit does not say what was measured.
  const earlier = request.reuse && !version.endsWith('+') ? await readResult(file) : undefined;
  const title = `  ${pair.description.id} · ${peer.label}`;
  if (earlier?.version === version && sameVersions(earlier.versions, pair.versions)) {
    request.log(`${title}: ${describeResult(earlier)} (earlier run)`);
    return earlier;
  }
  const result = await measureResult(request, pair, peer, version);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, null, 1)}\n`);
  request.log(`${title}: ${describeResult(result)}`);
  return result;
}

async function measureResult(
  request: BenchRequest,
  pair: ReadyPair,
  peer: Peer,
  version: string,
): Promise<Result> {
  const work = join(request.work, pair.description.id, peer.id);
  const [scratch, outRoot] = [join(work, 'scratch'), join(work, 'out')];
  await mkdir(scratch, { recursive: true });
  await makeRoom(request, pair);
  const outcome = await peer.run({
    oldRoot: pair.oldRoot,
    newRoot: pair.newRoot,
    changes: pair.changes,
    scratch,
    outRoot,
    measure: async (command, args) => await measureCommand(command, args, { timeoutMs: request.timeoutMs }),
  });
  const differences = findDifferences(pair.newFiles, await listFiles(outRoot));
  if (differences.length > 0) {
    const some = differences.slice(0, 3).join(', ');
    throw new BenchProblem(
      `made a wrong tree: ${differences.length} files differ (${some}).`,
      'Not counted.',
    );
  }
  return {
    pair: pair.description.id,
    peer: peer.id,
    version,
    versions: pair.versions,
    newBytes: pair.facts.newBytes,
    downloadBytes: outcome.downloadBytes,
    diff: keepUsage(outcome.diff),
    apply: keepUsage(outcome.apply),
    measuredAt: new Date().toISOString(),
    ...(outcome.details === undefined ? {} : { details: outcome.details }),
  };
}

/** What a tool may keep beside its output, of old and new bytes together: stores, tars and patches of its own. */
const SCRATCH_FACTOR = 4;

/**
 * Nothing a tool made is deleted before the run ends, while there is room: for minutes ext4 gives no deleted inode again
 * where it has no journal, and looks at each for every new file, so that a tool would pay for the one before.
 */
async function makeRoom({ work, log }: BenchRequest, { facts }: ReadyPair): Promise<void> {
  const { bavail, bsize } = await statfs(work);
  if (bavail * bsize > SCRATCH_FACTOR * (facts.oldBytes + facts.newBytes)) return;
  log(
    '  The disk has little room: what was made is deleted, and the next figures of many files may be high.',
  );
  for (const folder of await readdir(work)) {
    if (folder !== facts.id) await rm(join(work, folder), { recursive: true });
  }
}

/** Without what the command printed. */
function keepUsage({ cpuSeconds, peakBytes, wallSeconds }: Usage): Usage {
  return { cpuSeconds, peakBytes, wallSeconds };
}

/** @returns undefined, and a remark, when the work meets a problem that others need not share. */
async function attempt<Value>(
  remark: (text: string) => void,
  what: string,
  work: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const next = error instanceof BenchProblem ? ` ${error.next}` : '';
    remark(`${what}: ${error.message}${next}`);
    return undefined;
  }
}

async function readResult(file: string): Promise<Result | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function sameVersions(first: Pair['versions'], second: Pair['versions']): boolean {
  return first.old === second.old && first.new === second.new;
}

function describeResult(result: Result): string {
  const { downloadBytes, diff, apply } = result;
  return `${formatMegabytes(downloadBytes)} MB, made in ${formatUsage(diff)} MiB, applied in ${formatUsage(apply)} MiB (CPU s / peak)`;
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${process.platform} ${process.arch}, ${availableParallelism()} cores (${model}), ${memory} GiB, Node ${process.version}`;
}
