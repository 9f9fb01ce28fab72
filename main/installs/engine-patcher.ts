import type { ApiClient } from '../../backend/api/client.ts';
import { BandwidthLimit } from '../../patcher/download/bandwidth-limit.ts';
import { systemClock } from '../../patcher/download/clock.ts';
import type { GrantProvider } from '../../patcher/download/grant.ts';
import type * as engineModule from '../../patcher/install/install.ts';
import { readInstalledBuild, readInstalledManifest } from '../../patcher/install/installed-build.ts';
import type { InstallProgress } from '../../patcher/install/progress.ts';
import { findStateFolder } from '../../patcher/install/state-folder.ts';
import type { Damage } from '../../patcher/install/verify-tree.ts';
import type { Plan } from '../../patcher/plan/plan.ts';
import type {
  DamagedRange,
  InstalledManifest,
  PatcherPort,
  PatchJob,
  PatchPlan,
  PatchReport,
  PatchRun,
} from './patcher-port.ts';

/** The install engine's jobs, in this process or behind one of its own. */
export type InstallEngine = Pick<
  typeof engineModule,
  'installBuild' | 'planBuildJob' | 'verifyInstall' | 'repairInstall' | 'uninstall' | 'discardStaging'
>;

export interface EnginePatcherOptions {
  readonly engine: InstallEngine;
  readonly api: Pick<ApiClient, 'delivery' | 'grant'>;
  readonly fetch: typeof globalThis.fetch;
  /** Ends the engine's process, where it has one. */
  readonly close: () => Promise<void>;
}

/** The patcher port over the install engine: asks the service what leads to a build and for the grant to read it. */
export function createEnginePatcher(options: EnginePatcherOptions): PatcherPort {
  const { engine, api } = options;
  const limit = new BandwidthLimit(systemClock, Number.POSITIVE_INFINITY);

  const prepare = async (job: PatchJob, signal: AbortSignal) => {
    const query = job.oldBuildId === null ? {} : { oldBuildId: job.oldBuildId };
    const call = { params: { buildId: job.buildId }, query };
    const { build, patches } = await api.delivery(call, { signal });
    const ports = { grants: createGrants(api, job), fetch: options.fetch, limit };
    const { buildId, version, manifest } = build;
    return {
      build,
      job: { root: job.folder, ports, patches, signal, build: { buildId, version, manifest } },
    };
  };

  return {
    plan: async (job, signal) => {
      const prepared = await prepare(job, signal);
      const { route, figures } = await engine.planBuildJob(prepared.job);
      return {
        route,
        downloadBytes: figures.downloadBytes,
        fullBytes: prepared.build.downloadBytes,
        writeBytes: figures.writeBytes,
        diskPeakBytes: figures.diskPeakBytes,
      };
    },
    apply: async (job, run): Promise<PatchReport> => {
      const prepared = await prepare(job, run.signal);
      let route: PatchPlan['route'] | null = null;
      const onPlan = (plan: Plan) => {
        route = plan.route;
      };
      const onProgress = (progress: InstallProgress) => run.onProgress(toProgress(progress, route));
      const work = { ...prepared.job, onPlan, onProgress };
      const outcome =
        job.reason === 'repair'
          ? (await engine.repairInstall(work)).outcome
          : await engine.installBuild(work);
      if (outcome.kind === 'cancelled') throw stopped(run.signal);
      return {
        route: outcome.route,
        downloadedBytes: outcome.downloadedBytes,
        fullBytes: prepared.build.downloadBytes,
        totalBytes: prepared.build.sizeBytes,
      };
    },
    verify: async (job, run) => {
      const onProgress = (progress: InstallProgress) => run.onProgress(toProgress(progress, null));
      const { files, bytes, damage } = await engine.verifyInstall({
        root: job.folder,
        signal: run.signal,
        onProgress,
      });
      return { files, bytes, damage: damage.map(toRange) };
    },
    discard: (folder) => discard(engine, folder),
    uninstall: (folder, { keepSaves }) => engine.uninstall({ root: folder, keepPreserved: keepSaves }),
    installedManifest: readManifest,
    setLimit: (bytesPerSecond) => {
      limit.bytesPerSecond = bytesPerSecond === 0 ? Number.POSITIVE_INFINITY : bytesPerSecond;
    },
    close: options.close,
  };
}

/** What was never installed leaves nothing behind; what was keeps its build. */
async function discard(engine: InstallEngine, folder: string): Promise<void> {
  const state = await findStateFolder(folder);
  if (state === undefined) return;
  await engine.discardStaging(folder);
  if ((await readInstalledBuild(state)) === undefined) await engine.uninstall({ root: folder });
}

async function readManifest(folder: string): Promise<InstalledManifest | null> {
  const state = await findStateFolder(folder);
  const build = state === undefined ? undefined : await readInstalledBuild(state);
  if (state === undefined || build === undefined) return null;
  return { buildId: build.buildId, manifest: await readInstalledManifest(state, build) };
}

/** A grant is asked for when the first byte is, and again when the CDN refuses it. */
function createGrants(api: Pick<ApiClient, 'grant'>, job: PatchJob): GrantProvider {
  const reason = job.reason === 'verify' ? 'repair' : job.reason;
  const ask = async () => {
    const body = { buildId: job.buildId, oldBuildId: job.oldBuildId, reason };
    const { baseUrl, query } = await api.grant({ body });
    return { baseUrl, query };
  };
  return { current: ask, refresh: ask };
}

function toProgress(
  progress: InstallProgress,
  route: PatchPlan['route'] | null,
): Parameters<PatchRun['onProgress']>[0] {
  const { phase, downloadedBytes, downloadTotalBytes, writtenBytes, writeTotalBytes, savedBytes } = progress;
  return { phase, route, downloadedBytes, downloadTotalBytes, writtenBytes, writeTotalBytes, savedBytes };
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
