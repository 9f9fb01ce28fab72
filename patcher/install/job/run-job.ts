import { systemClock } from '../../download/clock.ts';
import { ObjectFetcher } from '../../download/object-fetcher.ts';
import { parseManifestInSlices } from '../../formats/manifest-format.ts';
import type { Manifest } from '../../formats/manifest.ts';
import type { Plan } from '../../plan/plan.ts';
import type { ApplyInput, PatchPath } from './apply-input.ts';
import type { BuildJob, BuildReference, InstallOutcome, InstallPorts, NetworkJob } from './install-job.ts';
import { keepManifest, readKeptManifest } from '../state/installed-build.ts';
import type { BuildIdentity } from '../state/journal-format.ts';
import { ProgressMeter } from '../install-progress.ts';
import { WriterThreads } from '../staging/writing/writer-threads.ts';
import { tellRescues } from '../commit/rescue-note.ts';
import type { StateFolder } from '../state/state-folder.ts';

/** What a job is to come to: one that only stages, or may only read, has nothing to tell of. */
type Asked =
  | { readonly kind: 'staged' }
  | { readonly kind: 'read' }
  | { readonly kind: 'done'; readonly name: string; readonly state: StateFolder };

export function askedFor(verb: string, { manifestSha256 }: BuildIdentity, state: StateFolder): Asked {
  return { kind: 'done', name: `${verb} ${manifestSha256}`, state };
}

/** What a job works with. */
type JobTools = Pick<ApplyInput, 'fetcher' | 'meter' | 'threads'>;

export async function runJob(
  job: NetworkJob,
  asked: Asked,
  work: (tools: JobTools) => Promise<Plan>,
): Promise<InstallOutcome> {
  const fetcher = makeFetcher(job.ports);
  const meter = new ProgressMeter(job.onProgress, job.ports.clock ?? systemClock);
  const threads = job.ports.threads ?? new WriterThreads();
  await using _ = threads.use();
  try {
    const { route, figures } = await work({ fetcher, meter, threads });
    const { receivedBytes: downloadedBytes, requests } = fetcher.counters;
    const did = { route, figures, downloadedBytes, requests, writtenBytes: meter.writtenBytes };
    if (asked.kind === 'staged') return { kind: 'staged', ...did };
    if (asked.kind === 'read') return { kind: 'done', ...did, rescued: [] };
    return { kind: 'done', ...did, rescued: await tellRescues(asked.state, asked.name) };
  } catch (error) {
    // Stopping is an outcome, not a failure; whatever broke while stopping did so because of it.
    if (job.signal?.aborted === true)
      return { kind: 'cancelled', downloadedBytes: fetcher.counters.receivedBytes };
    throw error;
  }
}

export function makeFetcher({
  grants,
  fetch,
  clock = systemClock,
  random = Math.random,
  limit,
  health,
}: InstallPorts): ObjectFetcher {
  return new ObjectFetcher({ grants, fetch, clock, random, limit, health });
}

export async function manifestOf(
  job: BuildJob,
  state: StateFolder,
  fetcher: ObjectFetcher,
): Promise<Manifest> {
  const known = await keptManifest(state, job.build);
  if (known !== undefined) return known;
  const { bytes, manifest } = await fetchManifest(fetcher, job);
  await keepManifest(state, bytes);
  return manifest;
}

export async function keptManifest(
  state: StateFolder | undefined,
  build: BuildReference,
): Promise<Manifest | undefined> {
  return state === undefined ? undefined : readKeptManifest(state, build.manifest.sha256);
}

export async function fetchManifest(
  fetcher: ObjectFetcher,
  { build, signal }: BuildJob,
): Promise<{ bytes: Uint8Array; manifest: Manifest }> {
  const bytes = await fetcher.fetchObject(build.manifest, signal);
  return { bytes, manifest: await parseManifestInSlices(bytes) };
}

export function pathsOf({ patches = [], chains = [] }: Pick<BuildJob, 'patches' | 'chains'>): PatchPath[] {
  return [...patches.map((patch) => [patch]), ...chains];
}

export function identityOf({ buildId, version, manifest }: BuildReference): BuildIdentity {
  return { buildId, version, manifestSha256: manifest.sha256 };
}
