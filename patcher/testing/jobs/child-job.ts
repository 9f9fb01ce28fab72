import type { DownloadGrant } from '../../download/hosts/grant.ts';
import { httpFetch } from '../../download/connection/http-fetch.ts';
import type { ObjectReference } from '../../download/object-fetcher.ts';
import {
  adoptFolder,
  type BuildJob,
  type BuildReference,
  installBuild,
  type InstallPorts,
  moveTo,
  repairInstall,
  rollBack,
  uninstall,
  verifyInstall,
} from '../../install/install.ts';
import { WriterThreads } from '../../install/staging/writing/writer-threads.ts';

/** A job on an install as data, for a process of its own. */
export interface ChildJob {
  readonly verb: 'install' | 'verify' | 'repair' | 'adopt' | 'uninstall' | 'move' | 'rollback';
  readonly root: string;
  readonly grant: DownloadGrant;
  readonly build: BuildReference;
  readonly patches?: readonly ObjectReference[];
  readonly chains?: readonly (readonly ObjectReference[])[];
  /** Of a move: where to, and whether to copy even where a rename would do. */
  readonly to?: string;
  readonly how?: 'copy';
  /** Of an install: replace files as it goes, so many bytes at a time. */
  readonly batchBytes?: number;
  /** Whether threads write what is fetched, however little it is. */
  readonly byThreads?: boolean;
}

/** Do it here. @returns What the installer's call gives. */
export async function runChildJob(job: ChildJob, ports = portsOf(job)): Promise<unknown> {
  if (job.byThreads !== true) return run(job, ports);
  const threads = new WriterThreads();
  await using _ = threads.use();
  threads.prepare();
  return await run(job, { ...ports, threads });
}

async function run(job: ChildJob, ports: InstallPorts): Promise<unknown> {
  const { root, build, patches = [], chains = [] } = job;
  if (job.verb === 'install') return installBuild({ root, build, patches, chains, ports, ...diskOf(job) });
  if (job.verb === 'verify') return verifyInstall({ root });
  if (job.verb === 'repair') return repairInstall({ root, ports });
  if (job.verb === 'adopt') return adoptFolder({ root, build, ports });
  if (job.verb === 'move') return moveTo({ root, to: job.to ?? '', how: job.how });
  if (job.verb === 'rollback') return rollBack({ root, ports, keepReplaced: true });
  return uninstall({ root });
}

function diskOf({ batchBytes }: ChildJob): Partial<BuildJob> {
  return batchBytes === undefined ? {} : { diskMode: 'low-space', batchBytes };
}

function portsOf(job: ChildJob): InstallPorts {
  const grant = async () => job.grant;
  return { grants: { current: grant, refresh: grant }, fetch: httpFetch };
}
