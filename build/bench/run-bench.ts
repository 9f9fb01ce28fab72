import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { BenchProblem } from './bench-problem.ts';
import { findMissing } from './measure/find-program.ts';
import { type ReadyPair, measurePair } from './measure-pair.ts';
import type { PairDescription } from './pairs/catalogue.ts';
import { type Pair, PairProvider } from './pairs/provide-pair.ts';
import { projectFolder } from './peers/gantry.ts';
import { measureStart } from './peers/measure-start.ts';
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
import { compareFiles, listFiles, totalBytes } from './trees/list-files.ts';

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
  const versions = new Map<string, string>();
  for (const peer of present) versions.set(peer.id, await peer.readVersion());
  const tools = request.peers.flatMap((peer): ToolFacts[] => {
    const version = versions.get(peer.id) ?? reference.get(peer.id)?.version;
    return version === undefined ? [] : [describeTool(peer, version)];
  });
  const provider = new PairProvider({ cache: request.cache, data: request.data });
  const figures = new Map<string, Figure>();
  const pairs: PairFacts[] = [];
  const startedAt = new Date().toISOString();
  const start = [...present].some(({ kind }) => kind === 'ours')
    ? await measureStart(join(request.work, 'start'), request.timeoutMs)
    : undefined;
  let reusedResults = 0;
  for (const description of request.pairs) {
    const pair = await attempt(
      remark,
      description.id,
      async () => await preparePair(provider, description, log),
    );
    if (pair === undefined) continue;
    pairs.push(pair.facts);
    const results = await provideResults(request, pair, versions, remark);
    for (const { id } of request.peers) {
      const result = results.get(id);
      const known =
        pair.asListed && !versions.has(id) ? reference.get(id)?.pairs.get(pair.facts.id) : undefined;
      const key = figureKey(pair.facts.id, id);
      if (result !== undefined) figures.set(key, { ...result, reference: false });
      else if (known !== undefined) figures.set(key, { ...known, reference: true });
      if (result !== undefined && result.measuredAt < startedAt) reusedResults += 1;
    }
  }
  return {
    ...(start === undefined ? {} : { start }),
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

/** @returns By tool what was kept of it, where that is wanted, else what is measured now. */
async function provideResults(
  request: BenchRequest,
  pair: ReadyPair,
  versions: ReadonlyMap<string, string>,
  remark: (text: string) => void,
): Promise<ReadonlyMap<string, Result>> {
  const { peers, cache, reuse, log } = request;
  const { id } = pair.facts;
  const results = new Map<string, Result>();
  const wanted: Peer[] = [];
  const fileOf = (peer: Peer) => join(cache, 'results', id, `${peer.id}.json`);
  const tell = (peer: Peer, result: Result, more = '') =>
    log(`  ${id} · ${peer.label}: ${describeResult(result)}${more}`);
  for (const peer of peers) {
    const version = versions.get(peer.id);
    if (version === undefined) continue;
    const kept = reuse ? await readKept(fileOf(peer), pair, version) : undefined;
    if (kept === undefined) wanted.push(peer);
    else {
      results.set(peer.id, kept);
      tell(peer, kept, ' (earlier run)');
    }
  }
  const measured = await measurePair(pair, wanted, {
    ...request,
    attempt: async (peer, work) => await attempt(remark, `${id}, ${peer.label}`, work),
  });
  for (const [peer, measurement] of measured) {
    const result = { ...measurement, version: versions.get(peer.id) ?? '' };
    await mkdir(dirname(fileOf(peer)), { recursive: true });
    await writeFile(fileOf(peer), `${JSON.stringify(result, null, 1)}\n`);
    results.set(peer.id, result);
    tell(peer, result);
  }
  return results;
}

/** A version marked as changed since its commit does not say what was measured. */
async function readKept(file: string, pair: Pair, version: string): Promise<Result | undefined> {
  const kept = version.endsWith('+') ? undefined : await readResult(file);
  return kept?.version === version && sameVersions(kept.versions, pair.versions) ? kept : undefined;
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
