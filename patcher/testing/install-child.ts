/**
 * A process that runs one install job, to be killed: `node install-child.ts '<json>'`. Writes one line of JSON
 * when it ends, with its outcome or the code of its error; fetches through a server that is another process.
 */
import { AppError } from '../errors.ts';
import { adoptFolder, installBuild, moveTo, repairInstall, rollBack, uninstall } from '../install/install.ts';
import type { BuildReference, InstallPorts } from '../install/install.ts';
import type { ObjectReference } from '../download/object-fetcher.ts';
import type { DownloadGrant } from '../download/grant.ts';

export interface ChildJob {
  readonly verb: 'install' | 'repair' | 'adopt' | 'uninstall' | 'move' | 'rollback';
  readonly root: string;
  readonly grant: DownloadGrant;
  readonly build: BuildReference;
  readonly patches?: readonly ObjectReference[];
  /** Of a move: where to, and whether to copy even where a rename would do. */
  readonly to?: string;
  readonly how?: 'copy';
}

const job = JSON.parse(process.argv[2] ?? '{}') as ChildJob;
const grant = async () => job.grant;
const ports: InstallPorts = { grants: { current: grant, refresh: grant }, fetch: globalThis.fetch };
const { root, build, patches = [] } = job;

async function run(): Promise<unknown> {
  if (job.verb === 'install') return installBuild({ root, build, patches, ports });
  if (job.verb === 'repair') return repairInstall({ root, ports });
  if (job.verb === 'adopt') return adoptFolder({ root, build, ports });
  if (job.verb === 'move') return moveTo({ root, to: job.to ?? '', how: job.how });
  if (job.verb === 'rollback') return rollBack({ root, ports, keepReplaced: true });
  return uninstall({ root });
}

process.stdout.write('started\n');
try {
  process.stdout.write(`${JSON.stringify({ outcome: (await run()) ?? null })}\n`);
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stdout.write(`${JSON.stringify({ code: error.code })}\n`);
}
