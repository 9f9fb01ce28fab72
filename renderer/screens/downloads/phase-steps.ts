import type { Download, DownloadPhase } from '../../../preload/contract.ts';

export type WorkPhase = Extract<
  DownloadPhase,
  'planning' | 'downloading' | 'patching' | 'verifying' | 'copying' | 'committing'
>;

export interface PhaseStep {
  readonly phase: WorkPhase;
  readonly state: 'done' | 'now' | 'ahead';
}

const all: readonly WorkPhase[] = ['planning', 'downloading', 'patching', 'verifying', 'committing'];

/** The steps a download of this kind takes: a check fetches nothing, a move copies, chunks alone are not patched. */
export function phasesOf({ reason, route }: Pick<Download, 'reason' | 'route'>): readonly WorkPhase[] {
  if (reason === 'verify') return ['planning', 'verifying'];
  if (reason === 'move') return ['planning', 'copying', 'committing'];
  if (route === 'chunks' || reason === 'install') return all.filter((phase) => phase !== 'patching');
  return all;
}

/** @returns Each step with its state. While paused, failed or waiting, the bytes tell how far it came. */
export function stepsOf(download: Download): PhaseStep[] {
  const phases = phasesOf(download);
  const now = phases.indexOf(currentPhase(download, phases));
  const finished = download.phase === 'done';
  return phases.map((phase, index) => ({
    phase,
    state: finished || index < now ? 'done' : index === now ? 'now' : 'ahead',
  }));
}

function currentPhase(download: Download, phases: readonly WorkPhase[]): WorkPhase {
  const named = phases.find((phase) => phase === download.phase);
  if (named !== undefined) return named;
  const { downloadedBytes, downloadTotalBytes, writtenBytes } = download;
  if (downloadedBytes + writtenBytes === 0) return 'planning';
  // What comes is patched and written while more of it comes.
  const isFetched = downloadedBytes >= downloadTotalBytes || !phases.includes('downloading');
  if (!isFetched) return 'downloading';
  return phases.find((phase) => phase === 'patching' || phase === 'copying') ?? 'verifying';
}
