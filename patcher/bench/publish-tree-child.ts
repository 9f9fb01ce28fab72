/**
 * `node publish-tree-child.ts TREE OUT`: push a folder into files as a CDN would serve them (`packs/…`, `manifests/…`),
 * and print one line of JSON: the build as an install is told of it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { manifestSha256 } from '../formats/manifest-format.ts';
import type { BuildReference } from '../install/install.ts';
import { pushBuild } from '../push/push-build.ts';
import { scanTree } from '../scan/scan-tree.ts';
import { MemoryDepot } from '../testing/builds/memory-depot.ts';

const [root = '', out = ''] = process.argv.slice(2);
const depot = new MemoryDepot();
const scanned = await scanTree({ root });
const { buildId } = await pushBuild({ root, scanned, port: depot, launch: [], preserve: [] });
for (const folder of ['packs', 'manifests']) await mkdir(path.join(out, folder), { recursive: true });
for (const [sha256, bytes] of depot.packs) await writeFile(path.join(out, 'packs', sha256), bytes);
const bytes = depot.manifests[buildId - 1] as Uint8Array;
const sha256 = manifestSha256(bytes);
const at = `manifests/${sha256}`;
await writeFile(path.join(out, at), bytes);
const build: BuildReference = {
  buildId,
  version: '1',
  manifest: { path: at, sha256, sizeBytes: bytes.length },
};
process.stdout.write(`${JSON.stringify(build)}\n`);
