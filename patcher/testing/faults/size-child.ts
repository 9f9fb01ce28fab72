/**
 * `node size-child.ts FILES GIB`: install, repair and adopt a build of so many files, and one of a single file of so many
 * GiB, and print one line of JSON with the most memory each took.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { serializeManifest } from '../../formats/manifest-format.ts';
import type { Manifest, Sha256, TreeEntry } from '../../formats/manifest.ts';
import { encodeChunk } from '../../formats/pack-format.ts';
import { folderBeside } from '../../install/state/state-folder.ts';
import { computeSha256, computeSha256Bytes, sha256At } from '../../formats/sha256.ts';
import { compareUtf8 } from '../../paths/utf8-order.ts';
import { PATCHER_FLAGS, patcherEnvironment } from '../../process/patcher-flags.ts';
import type { ChildJob } from '../child-job.ts';
import { GameOnCdn } from '../game-on-cdn.ts';
import { removeTree } from '../remove-tree.ts';

export interface SizeReport {
  readonly name: string;
  readonly installMiB: number;
  readonly repairMiB: number;
  readonly adoptMiB: number;
  readonly failures: readonly string[];
}

const CHILD = fileURLToPath(new URL('../install-child.ts', import.meta.url));
const CHUNKING = { minBytes: 65_536, averageBytes: 262_144, maxBytes: 1_048_576 };
const CHUNK_BYTES = 1_048_576;
const FILES_A_FOLDER = 500;

const [files, gib] = process.argv.slice(2).map(Number) as [number, number];
// In memory: it is the installer's memory that is measured, not how fast a disk flushes.
const scratch = await mkdtemp('/dev/shm/gantry-size-');
const game = await GameOnCdn.start(scratch);
const reports: SizeReport[] = [];
try {
  reports.push(await measure(`${files} files`, manyFiles(files)));
  reports.push(await measure(`one file of ${gib} GiB`, largeFile(gib)));
} finally {
  await game.close();
  await removeTree(scratch);
}
process.stdout.write(`${JSON.stringify(reports)}\n`);

async function measure(name: string, manifest: Manifest): Promise<SizeReport> {
  const root = path.join(scratch, 'install');
  const build = { buildId: 1, version: '1', manifest: game.addManifest(serializeManifest(manifest)) };
  const grant = await game.ports.grants.current();
  const install = await run({ verb: 'install', root, grant, build });
  const repair = await run({ verb: 'repair', root, grant, build });
  // What makes it an install lies beside it: without, it is a folder of unknown origin.
  await removeTree(folderBeside(root));
  const adopt = await run({ verb: 'adopt', root, grant, build });
  await removeTree(root);
  await removeTree(folderBeside(root));
  const failures = [install.code, repair.code, adopt.code].filter((code) => code !== undefined);
  return {
    name,
    installMiB: install.peakMiB,
    repairMiB: repair.peakMiB,
    adoptMiB: adopt.peakMiB,
    failures,
  };
}

async function run(job: ChildJob): Promise<{ code?: string; peakMiB: number }> {
  const child = spawn(process.execPath, [...PATCHER_FLAGS, CHILD, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: patcherEnvironment(),
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  await once(child, 'close');
  return JSON.parse(Buffer.concat(output).toString().trim().split('\n').at(-1) ?? '{}') as {
    peakMiB: number;
  };
}

/** Files of a few bytes each, no two alike. */
function manyFiles(count: number): Manifest {
  const raws = Array.from({ length: count }, (_, at) => Buffer.from(`file number ${at}`));
  const chunks = packUp(raws);
  const entries = raws.map((raw, at): TreeEntry => {
    const row = Uint32Array.of(at);
    const sha256 = sha256At(chunks.chunks.sha256, at);
    return {
      kind: 'file',
      path: `${folderOf(at)}/f${at}.dat`,
      mode: 0o644,
      sizeBytes: raw.length,
      sha256,
      chunks: row,
    };
  });
  for (let at = 0; at < count; at += FILES_A_FOLDER)
    entries.push({ kind: 'directory', path: folderOf(at), mode: 0o755 });
  entries.sort((a, b) => compareUtf8(a.path, b.path));
  return { chunking: CHUNKING, entries, launch: [], preserve: [], ...chunks };
}

function folderOf(at: number): string {
  return `d${Math.floor(at / FILES_A_FOLDER)}`;
}

function largeFile(size: number): Manifest {
  const chunk = Buffer.alloc(CHUNK_BYTES, 'gantry ');
  const rows = new Uint32Array(size * 1024);
  const hash = createHash('sha256');
  for (let at = 0; at < rows.length; at++) hash.update(chunk);
  const sha256 = hash.digest('hex') as Sha256;
  const file = {
    kind: 'file' as const,
    path: 'large.pak',
    mode: 0o644,
    sizeBytes: size * 2 ** 30,
    sha256,
    chunks: rows,
  };
  return { chunking: CHUNKING, entries: [file], launch: [], preserve: [], ...packUp([chunk]) };
}

/** One pack of all of them, where the server finds it. */
function packUp(raws: readonly Uint8Array[]): Pick<Manifest, 'chunks' | 'packs'> {
  const frames = raws.map((raw) => encodeChunk(raw, 1));
  const count = raws.length;
  const offset = new Uint32Array(count);
  frames.reduce((at, frame, row) => {
    offset[row] = at;
    return at + frame.length;
  }, 0);
  const sha256s = new Uint8Array(count * 32);
  raws.forEach((raw, row) => sha256s.set(computeSha256Bytes(raw), row * 32));
  const pack = Buffer.concat(frames);
  const sha256 = computeSha256(pack);
  game.replaceObject(`packs/${sha256}`, pack);
  return {
    packs: [{ sha256, sizeBytes: pack.length }],
    chunks: {
      count,
      sha256: sha256s,
      sizeBytes: Uint32Array.from(raws, (raw) => raw.length),
      pack: new Uint32Array(count),
      offset,
      packedBytes: Uint32Array.from(frames, (frame) => frame.length),
    },
  };
}
