import { join } from 'node:path';
import { runTool } from '../pairs/run-tool.ts';
import { projectFolder } from '../peers/gantry.ts';
import { chains } from './chains.ts';
import type { DownloadCosts } from './cost-model.ts';
import { type Chain, ChainProvider } from './provide-chain.ts';

/** What one way to cut, store and ask costs on the versions of one game; as `patcher/bench/chunk-study.ts` tells it. */
export interface WayCosts {
  readonly way: string;
  readonly group: 'chunks' | 'packs' | 'requests' | 'rival';
  readonly install?: DownloadCosts;
  readonly steps: DownloadCosts;
  readonly skip: DownloadCosts;
  readonly storedBytes?: number;
  readonly chunks?: number;
}

export interface ChainStudy {
  readonly chain: Chain;
  /** Of large files, by way. */
  readonly meanChunkBytes: Readonly<Record<string, number>>;
  readonly costs: readonly WayCosts[];
}

/** CPU seconds; as `patcher/bench/scan-speed.ts` tells them. */
export interface ScanSpeed {
  readonly id: string;
  readonly files: number;
  readonly bytes: number;
  readonly hashedOnce: number;
  readonly hashedTwice: number;
  readonly scanned: number;
}

export interface Study {
  readonly chains: readonly ChainStudy[];
  readonly scans: readonly ScanSpeed[];
}

/** A fast level: what is compared does not depend on it. */
export const STUDY_LEVEL = 3;
/** One large file, and the same as a tree of 18,000. */
const SCANNED = ['pak', 'wesnoth'];
const NEXT = 'Run it by hand to see what it says.';

/** One process at a time, each on the versions of one game. */
export async function runStudy(request: {
  readonly cache: string;
  readonly data: string | undefined;
  readonly log: (line: string) => void;
}): Promise<Study> {
  const provider = new ChainProvider(request);
  const studies: ChainStudy[] = [];
  const scans: ScanSpeed[] = [];
  for (const description of chains) {
    request.log(`${description.id}: ${description.about}`);
    const chain = await provider.provide(description);
    const told = await runScript('chunk-study.ts', [String(STUDY_LEVEL), ...chain.roots]);
    studies.push({ chain, ...(told as Omit<ChainStudy, 'chain'>) });
  }
  for (const id of SCANNED) {
    const { roots } = await provider.provide({ id, about: 'scanned', source: { from: 'pair', pair: id } });
    const speed = await runScript('scan-speed.ts', roots.slice(-1));
    scans.push({ id, ...(speed as Omit<ScanSpeed, 'id'>) });
  }
  return { chains: studies, scans };
}

async function runScript(name: string, args: readonly string[]): Promise<unknown> {
  const script = join(projectFolder, 'patcher', 'bench', name);
  return JSON.parse(await runTool(process.execPath, [script, ...args], { next: NEXT })) as unknown;
}
