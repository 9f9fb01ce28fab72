import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LaunchTarget, Manifest, Sha256, TreeEntry } from '../../patcher/formats/manifest.ts';
import type { KeptFiles, PatcherPort, PatchJob, PatchProgress, PatchRun } from '../installs/patcher-port.ts';

/** A build as files in memory. */
export interface FakeTree {
  readonly files: Readonly<Record<string, string>>;
  readonly launch: LaunchTarget;
}

export interface FakePatcher extends PatcherPort {
  plan: PatcherPort['plan'];
  /** What each build holds. */
  readonly trees: Map<number, FakeTree>;
  readonly limits: number[];
  readonly started: PatchJob[];
  readonly discarded: string[];
  readonly uninstalled: string[];
  /** Jobs wait here until a test lets them go; without a gate they run through. */
  gate: ((job: PatchJob, run: PatchRun) => Promise<void>) | null;
  /** What every install keeps of the build before. */
  kept: KeptFiles | null;
  damage: { path: string; offset: number; sizeBytes: number; reason: string }[];
}

export const webTree: FakeTree = {
  files: {
    'index.html': '<!doctype html><title>game</title><script src="game.js"></script>',
    'game.js': 'console.log("play")',
    'data/level 1.bin': 'level '.repeat(100),
  },
  launch: { name: 'Play', kind: 'web', path: 'index.html', arguments: [], workingDirectory: '' },
};

/** A patcher that really writes small trees, in this process and without a network. */
export function createFakePatcher(): FakePatcher {
  const installed = new Map<string, number>();
  const treeOf = (buildId: number) => fake.trees.get(buildId) ?? webTree;
  const fake: FakePatcher = {
    trees: new Map(),
    limits: [],
    started: [],
    discarded: [],
    uninstalled: [],
    gate: null,
    damage: [],
    kept: null,
    plan: async () => ({
      route: 'chunks',
      downloadBytes: 800,
      requests: 1,
      fullBytes: 1000,
      writeBytes: 1000,
      patchHops: 0,
      patchedBytes: 0,
      diskPeakBytes: 2000,
      lowSpacePeakBytes: null,
    }),
    apply: async (job, run) => {
      fake.started.push(job);
      run.onProgress(progressOf('downloading', 0));
      await fake.gate?.(job, run);
      run.signal.throwIfAborted();
      run.onProgress(progressOf('committing', 800));
      if (job.reason === 'move' && job.to !== undefined) {
        await mkdir(path.dirname(job.to), { recursive: true });
        await rename(job.folder, job.to);
        installed.set(job.to, job.buildId);
        return { route: 'none', downloadedBytes: 0, fullBytes: 0, totalBytes: 1000, folder: job.to };
      }
      const report = { route: 'chunks' as const, downloadedBytes: 800, fullBytes: 1000, totalBytes: 1000 };
      if (job.reason === 'preload') return report;
      await writeTree(job.folder, treeOf(job.buildId));
      installed.set(job.folder, job.buildId);
      return report;
    },
    verify: async (job, run) => {
      fake.started.push(job);
      await fake.gate?.(job, run);
      run.signal.throwIfAborted();
      return { files: 2, bytes: 1000, damage: fake.damage };
    },
    discard: async (folder) => void fake.discarded.push(folder),
    uninstall: async (folder) => {
      fake.uninstalled.push(folder);
      installed.delete(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
    installedManifest: async (folder) => {
      const buildId = installed.get(folder);
      return buildId === undefined ? null : { buildId, manifest: manifestOf(treeOf(buildId)) };
    },
    keptBuild: async () => fake.kept,
    setLimit: (bytesPerSecond) => void fake.limits.push(bytesPerSecond),
    close: async () => {},
  };
  return fake;
}

export function progressOf(phase: PatchProgress['phase'], downloadedBytes: number): PatchProgress {
  return {
    phase,
    route: 'chunks',
    downloadedBytes,
    downloadTotalBytes: 800,
    writtenBytes: downloadedBytes,
    writeTotalBytes: 1000,
    savedBytes: 200,
    patchBytesPerSecond: 0,
  };
}

/** A gate that holds a job until it is stopped. */
export function holdUntilAborted(_job: PatchJob, { signal }: PatchRun): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export async function writeTree(folder: string, tree: FakeTree): Promise<void> {
  for (const [name, text] of Object.entries(tree.files)) {
    const file = path.join(folder, ...name.split('/'));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o755);
  }
}

export function manifestOf(tree: FakeTree): Manifest {
  const entries = Object.entries(tree.files).map(
    ([name, text]): TreeEntry => ({
      kind: 'file',
      path: name,
      mode: 0o755,
      sizeBytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex') as Sha256,
      chunks: new Uint32Array(),
    }),
  );
  const none = new Uint32Array();
  return {
    chunking: { minBytes: 65_536, averageBytes: 262_144, maxBytes: 1_048_576 },
    entries,
    chunks: {
      count: 0,
      sha256: new Uint8Array(),
      sizeBytes: none,
      pack: none,
      offset: none,
      packedBytes: none,
    },
    packs: [],
    launch: [tree.launch],
    preserve: [],
  };
}
