import type { ApiClient } from '../../backend/api/client.ts';
import type { GrantProvider } from '../../patcher/download/hosts/grant.ts';
import type { ObjectReference } from '../../patcher/download/object-fetcher.ts';
import { readInstalledBuild, readInstalledManifest } from '../../patcher/install/state/installed-build.ts';
import { installErrors } from '../../patcher/install/install-errors.ts';
import type { BuildIdentity } from '../../patcher/install/state/journal-format.ts';
import type { InstallProgress } from '../../patcher/install/install-progress.ts';
import { readKeptBuild } from '../../patcher/install/commit/kept-build.ts';
import { findStateFolder } from '../../patcher/install/state/state-folder.ts';
import type { Damage } from '../../patcher/install/verify/verify-tree.ts';
import {
  type ClientBuildJob,
  type PatcherClient,
  type SpawnPatcher,
  startPatcherProcess,
} from '../../patcher/process/patcher-client.ts';
import type { PlanSummary } from '../../patcher/process/messages.ts';
import type { PatcherOptions } from '../ports.ts';
import { deliveryReasonOf } from './outcomes.ts';
import type {
  DamagedRange,
  InstalledManifest,
  KeptFiles,
  PatcherPort,
  PatchJob,
  PatchPlan,
  PatchReport,
  PatchRun,
} from './patcher-port.ts';

/** The patcher in a Node process of its own. */
export function createPatcher(options: PatcherOptions): PatcherPort {
  return overProcess(options, startPatcherProcess());
}

/** The same in a process that the host starts, such as Electron's utility process. */
export function createPatcherWith(spawn: SpawnPatcher): (options: PatcherOptions) => PatcherPort {
  return (options) => overProcess(options, startPatcherProcess({ spawn }));
}

/** The patcher port over its process: asks the service what leads to a build and for the grant to read it. */
function overProcess(
  { api, trust, keepPrevious, routing }: PatcherOptions,
  client: PatcherClient,
): PatcherPort {
  const prepare = async (job: PatchJob, signal: AbortSignal) => {
    const query = job.oldBuildId === null ? {} : { oldBuildId: job.oldBuildId };
    const delivery = await api.delivery({ params: { buildId: job.buildId }, query }, { signal });
    const { build, patches, chains } = delivery;
    const { buildId, version } = build;
    const manifest = await vouchedManifest(job, build.manifest, signal);
    const clientJob: ClientBuildJob = {
      root: job.folder,
      signal,
      grants: createGrants(api, job),
      build: { buildId, version, manifest: toReference(manifest) },
      patches: patches.map(toReference),
      chains: chains.map((chain) => chain.map(toReference)),
      ...routing(),
      keepReplaced: keepPrevious(),
      diskMode: job.lowSpace === true ? 'low-space' : 'auto',
    };
    return { build, clientJob };
  };

  /** A repair goes by the manifest in the install, which was vouched for when it came; everything else by the publisher's signature. */
  const vouchedManifest = async (job: PatchJob, said: ObjectReference, signal: AbortSignal) => {
    if (job.reason === 'repair' || job.reason === 'verify') return said;
    const { sha256, sizeBytes } = await trust.findManifest(job, signal);
    return { sha256, sizeBytes, path: `manifests/${sha256}` };
  };

  const move = async (job: PatchJob, run: PatchRun): Promise<PatchReport> => {
    const { folder: root, to = root } = job;
    const onProgress = (progress: InstallProgress) => run.onProgress(toProgress(progress, null));
    const outcome = await client.move({ root, to, signal: run.signal, onProgress });
    if (outcome.kind === 'cancelled') throw stopped(run.signal);
    const nothing = { route: 'none' as const, downloadedBytes: 0, fullBytes: 0 };
    const damaged = outcome.damaged.length > 0;
    return { ...nothing, totalBytes: outcome.copiedBytes, folder: outcome.root, damaged };
  };

  /** To the files the last update replaced: the network is only asked for what is damaged of them. */
  const rollBackAtOnce = async (job: PatchJob, run: PatchRun): Promise<PatchReport> => {
    const outcome = await client.rollBack({
      root: job.folder,
      signal: run.signal,
      grants: createGrants(api, job),
      keepReplaced: keepPrevious(),
      onProgress: (progress) => run.onProgress(toProgress(progress, 'none')),
    });
    if (outcome.kind === 'cancelled') throw stopped(run.signal);
    const { route, downloadedBytes, figures, writtenBytes } = outcome;
    const did = { route, downloadedBytes, fullBytes: figures.fullDownloadBytes, totalBytes: writtenBytes };
    return outcome.kind === 'done' ? { ...did, rescued: outcome.rescued } : did;
  };

  const apply = async (job: PatchJob, run: PatchRun): Promise<PatchReport> => {
    if (job.reason === 'move') return move(job, run);
    if (job.reason === 'roll-back' && (await readKept(job.folder))?.buildId === job.buildId)
      return rollBackAtOnce(job, run);
    const { build, clientJob } = await prepare(job, run.signal);
    let route: PatchPlan['route'] | null = null;
    let lowSpace = false;
    const watched = {
      ...clientJob,
      onPlan: (plan: PlanSummary) => {
        route = plan.route;
        lowSpace = plan.lowSpace;
      },
      onProgress: (progress: InstallProgress) => {
        // Against the whole build, as the plan and the report count it; the patcher counts the changed files only.
        const saved = Math.max(0, build.downloadBytes - progress.downloadTotalBytes);
        const isPatched = job.reason !== 'repair' && job.oldBuildId !== null && route !== null;
        const savedBytes = isPatched ? saved : 0;
        run.onProgress({ ...toProgress(progress, route), savedBytes });
      },
    };
    const outcome = await carryOut(job, watched);
    if (outcome.kind === 'cancelled') throw stopped(run.signal);
    return {
      route: outcome.route,
      downloadedBytes: outcome.downloadedBytes,
      fullBytes: build.downloadBytes,
      totalBytes: build.sizeBytes,
      lowSpace,
      ...(outcome.kind === 'done' ? { rescued: outcome.rescued } : {}),
    };
  };

  const carryOut = async (job: PatchJob, clientJob: ClientBuildJob) => {
    if (job.reason === 'repair') return (await client.repair(clientJob)).outcome;
    if (job.reason === 'adopt') return client.adopt(clientJob);
    if (job.reason === 'roll-back') return client.rollBack(clientJob);
    // Where its drive is not there, neither may install the game anew in its place.
    if (job.reason === 'update') return client.update(clientJob);
    if (job.reason === 'preload') {
      if ((await readBuild(job.folder)) === undefined) throw installErrors.error('INSTALL_ABSENT');
      return client.preload(clientJob);
    }
    return client.install(clientJob);
  };

  return {
    apply,
    plan: async (job, signal) => {
      const { build, clientJob } = await prepare(job, signal);
      const asked = job.reason === 'adopt' ? client.planAdoption(clientJob) : client.plan(clientJob);
      const { route, figures } = await asked;
      const { downloadBytes, requests, writeBytes, diskPeakBytes, lowSpacePeakBytes } = figures;
      const { patchHops, patchedBytes } = figures;
      const cost = { downloadBytes, requests, writeBytes, patchHops, patchedBytes };
      return { route, ...cost, diskPeakBytes, lowSpacePeakBytes, fullBytes: build.downloadBytes };
    },
    verify: async (job, { signal, onProgress }) => {
      const report = (progress: InstallProgress) => onProgress(toProgress(progress, null));
      const { files, bytes, damage } = await client.verify({ root: job.folder, signal, onProgress: report });
      return { files, bytes, damage: damage.map(toRange) };
    },
    discard: (folder) => discard(client, folder),
    uninstall: (folder, { keepSaves }) => client.uninstall({ root: folder, keepPreserved: keepSaves }),
    installedManifest: readManifest,
    keptBuild: readKept,
    setLimit: (bytesPerSecond) =>
      client.setBandwidthLimit(bytesPerSecond === 0 ? Number.POSITIVE_INFINITY : bytesPerSecond),
    close: async () => client.close(),
  };
}

/** What was never installed leaves nothing behind; what was keeps its build. */
async function discard(client: PatcherClient, folder: string): Promise<void> {
  const state = await findStateFolder(folder);
  if (state === undefined) return;
  await client.discardStaging(folder);
  if ((await readInstalledBuild(state)) === undefined) await client.uninstall({ root: folder });
}

async function readKept(folder: string): Promise<KeptFiles | null> {
  const state = await findStateFolder(folder);
  const kept = state === undefined ? undefined : await readKeptBuild(state);
  return kept === undefined ? null : { buildId: kept.build.buildId, sizeBytes: kept.sizeBytes };
}

async function readBuild(folder: string): Promise<BuildIdentity | undefined> {
  const state = await findStateFolder(folder);
  return state === undefined ? undefined : readInstalledBuild(state);
}

async function readManifest(folder: string): Promise<InstalledManifest | null> {
  const state = await findStateFolder(folder);
  const build = state === undefined ? undefined : await readInstalledBuild(state);
  if (state === undefined || build === undefined) return null;
  return { buildId: build.buildId, manifest: await readInstalledManifest(state, build) };
}

/** A grant is asked for when the first byte is, and again when the CDN refuses it. */
function createGrants(api: Pick<ApiClient, 'grant'>, job: PatchJob): GrantProvider {
  const reason = deliveryReasonOf(job.reason);
  const ask = async () => {
    const body = { buildId: job.buildId, oldBuildId: job.oldBuildId, reason };
    const { baseUrl, query, mirrors } = await api.grant({ body });
    return { baseUrl, query, mirrors };
  };
  return { current: ask, refresh: ask };
}

/** Of a document of the service, what the patcher needs. */
function toReference({ sha256, sizeBytes, path }: { sha256: string; sizeBytes: number; path: string }) {
  return { sha256, sizeBytes, path };
}

function toProgress(
  progress: InstallProgress,
  route: PatchPlan['route'] | null,
): Parameters<PatchRun['onProgress']>[0] {
  const { networkBytesPerSecond: _network, diskBytesPerSecond: _disk, ...counted } = progress;
  return { ...counted, route };
}

function toRange(damage: Damage): DamagedRange {
  const { kind: reason, path } = damage;
  switch (damage.kind) {
    case 'range':
      return { path, reason, offset: damage.offset, sizeBytes: damage.sizeBytes };
    case 'too-long':
      return { path, reason, offset: damage.sizeBytes, sizeBytes: damage.actualBytes - damage.sizeBytes };
    case 'missing':
    case 'mode':
    case 'link':
    default:
      return { path, reason, offset: 0, sizeBytes: 0 };
  }
}

function stopped(signal: AbortSignal): unknown {
  return signal.reason ?? new DOMException('stopped', 'AbortError');
}
