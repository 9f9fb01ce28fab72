/**
 * `node damage-child.ts RUNS SEED`: harm an install in every way a disk or a person does, let repair find and mend it,
 * and print one line of JSON.
 */
import {
  appendFile,
  chmod,
  copyFile,
  lstat,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FileEntry } from '../../formats/manifest.ts';
import { computeSha256Bytes, equalSha256, sha256BytesAt } from '../../formats/sha256.ts';
import { installBuild, repairInstall } from '../../install/install.ts';
import { forEachChunk } from '../../plan/installed-tree.ts';
import { compareTrees } from '../trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../builds/game-on-cdn.ts';
import { SeededRandom } from '../random-bytes.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { makeFakeBuild } from '../trees/tree-builder.ts';

export interface DamageReport {
  readonly runs: number;
  /** Harms by kind, and how many of them verify named. */
  readonly harms: Readonly<Record<string, { done: number; found: number }>>;
  /** Packed bytes of the chunks that were wrong on disk, and bytes repair fetched. */
  readonly damagedBytes: number;
  readonly fetchedBytes: number;
  readonly worstMiB: number;
  readonly failures: readonly string[];
}

type Harm = (file: string, random: SeededRandom, sizeBytes: number) => Promise<void>;

const HARMS: Readonly<Record<string, Harm>> = {
  'flipped bit': async (file, random, sizeBytes) => {
    const at = random.below(sizeBytes);
    await using handle = await open(file, 'r+');
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] = (byte[0] as number) ^ (1 << random.below(8));
    await handle.write(byte, 0, 1, at);
  },
  'zeroed sectors': async (file, random, sizeBytes) => {
    await using handle = await open(file, 'r+');
    const at = random.below(sizeBytes);
    const length = Math.min(512 * (1 + random.below(4)), sizeBytes - at);
    await handle.write(Buffer.alloc(length, 0xa5), 0, length, at);
  },
  truncation: (file, random, sizeBytes) => truncate(file, random.below(sizeBytes)),
  deletion: (file) => rm(file),
  'appended bytes': (file, random) => appendFile(file, random.bytes(1 + random.below(9000))),
  'wrong mode': async (file) => chmod(file, 0o611),
  'a link in its place': async (file) => {
    await rename(file, `${file}.moved`);
    await symlink(path.basename(`${file}.moved`), file);
  },
};

const [runs, seed] = process.argv.slice(2).map(Number) as [number, number];
const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-damage-'));
const game = await GameOnCdn.start(scratch);
const random = new SeededRandom(seed);
const harms: Record<string, { done: number; found: number }> = {};
const failures: string[] = [];
let [damagedBytes, fetchedBytes] = [0, 0];
try {
  const build = await game.publish(makeFakeBuild({ seed, packBytes: 300_000, assets: 12 }));
  const root = path.join(scratch, 'install');
  await installBuild({ root, ports: game.ports, build: build.reference });
  for (let run = 0; run < runs; run++) await harmAndRepair(build, root, run);
} finally {
  await game.close();
  await removeTree(scratch);
}
const worstMiB = Math.round(process.resourceUsage().maxRSS / 1024);
const report: DamageReport = { runs, harms, damagedBytes, fetchedBytes, worstMiB, failures };
process.stdout.write(`${JSON.stringify(report)}\n`);

async function harmAndRepair(build: PublishedBuild, root: string, run: number): Promise<void> {
  const harmed = await harmSome(build, root);
  const neededBytes = await packedBytesOfDamage(build, root);
  const sentBefore = game.server.requests.length;
  const { report: seen } = await repairInstall({ root, ports: game.ports });
  const fetched = game.server.requests
    .slice(sentBefore)
    .reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const named = new Set(seen.damage.map((damage) => damage.path));
  for (const [treePath, kind] of harmed) {
    const count = (harms[kind] ??= { done: 0, found: 0 });
    count.done++;
    if (named.has(treePath)) count.found++;
    else failures.push(`run ${run}: ${kind} of ${treePath} was not found`);
  }
  damagedBytes += neededBytes;
  fetchedBytes += fetched;
  if (fetched > neededBytes) failures.push(`run ${run}: ${fetched} bytes fetched for ${neededBytes}`);
  const left = (await compareTrees(build.root, root)).filter(
    (sentence) => !/\.moved: only in the second/.test(sentence),
  );
  if (left.length > 0) failures.push(`run ${run}: ${left.slice(0, 3).join('; ')}`);
  for (const treePath of harmed.keys()) await rm(path.join(root, `${treePath}.moved`), { force: true });
}

/** Harm some files, each in one way; two files may also change places. */
async function harmSome(build: PublishedBuild, root: string): Promise<Map<string, string>> {
  const files = build.manifest.entries.filter(
    (entry): entry is FileEntry => entry.kind === 'file' && entry.sizeBytes > 1,
  );
  const harmed = new Map<string, string>();
  const kinds = Object.keys(HARMS);
  for (let left = 1 + random.below(5); left > 0; left--) {
    const file = files[random.below(files.length)] as FileEntry;
    if (harmed.has(file.path)) continue;
    const kind = kinds[random.below(kinds.length)] as string;
    await HARMS[kind]?.(path.join(root, file.path), random, file.sizeBytes);
    harmed.set(file.path, kind);
  }
  const [left, right] = [files[random.below(files.length)], files[random.below(files.length)]] as [
    FileEntry,
    FileEntry,
  ];
  if (left.sha256 !== right.sha256 && !harmed.has(left.path) && !harmed.has(right.path)) {
    await swap(path.join(root, left.path), path.join(root, right.path));
    harmed.set(left.path, 'swapped').set(right.path, 'swapped');
  }
  return harmed;
}

/** Contents only: each keeps its mode. */
async function swap(left: string, right: string): Promise<void> {
  const kept = `${left}.kept`;
  await copyFile(left, kept);
  await writeFile(left, await readFile(right));
  await writeFile(right, await readFile(kept));
  await rm(kept, { force: true });
}

/** What those chunks take in packs that are wrong at their place, each counted once. */
async function packedBytesOfDamage({ manifest }: PublishedBuild, root: string): Promise<number> {
  const wrong = new Set<number>();
  for (const entry of manifest.entries) {
    if (entry.kind !== 'file') continue;
    const bytes = await readOwn(path.join(root, entry.path));
    forEachChunk(manifest, entry, (row, offset, sizeBytes) => {
      const hash = computeSha256Bytes(bytes.subarray(offset, offset + sizeBytes));
      if (!equalSha256(hash, sha256BytesAt(manifest.chunks.sha256, row))) wrong.add(row);
    });
  }
  return [...wrong].reduce((sum, row) => sum + (manifest.chunks.packedBytes[row] as number), 0);
}

/** A file's bytes; none where it is gone or something else is there. */
async function readOwn(file: string): Promise<Uint8Array> {
  const stats = await lstat(file).catch(() => undefined);
  return stats?.isFile() === true ? readFile(file) : new Uint8Array();
}
