// How near a scan comes to what hashing alone takes: `npm run bench -- --chunks` starts it.
//   scan-speed.ts ROOT     one JSON document
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { computeSha256Bytes } from '../formats/sha256.ts';
import { DEFAULT_CHUNKING } from '../scan/chunker.ts';
import { scanTree } from '../scan/scan-tree.ts';
import { walkTree } from '../scan/tree-walk.ts';

const [root = ''] = process.argv.slice(2);
const files = (await walkTree({ root })).flatMap((entry) =>
  entry.kind === 'file' ? [path.join(root, entry.path)] : [],
);
const { totalBytes } = await scanTree({ root });
console.log(
  JSON.stringify({
    files: files.length,
    bytes: totalBytes,
    hashedOnce: await cpuSeconds(() => readAll(hashOnce)),
    hashedTwice: await cpuSeconds(() => readAll(hashTwice)),
    scanned: await cpuSeconds(async () => void (await scanTree({ root }))),
  }),
);

/** The better of two tries: the first may pay for what others did to the cache. */
async function cpuSeconds(work: () => void | Promise<void>): Promise<number> {
  const tries: number[] = [];
  for (let turn = 0; turn < 2; turn++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    tries.push((user + system) / 1e6);
  }
  return Math.min(...tries);
}

/** Read all files through one small buffer. @param begin Called for each file; what it gives takes the file's bytes. */
function readAll(begin: () => (bytes: Uint8Array, atEnd: boolean) => void): void {
  const buffer = Buffer.allocUnsafe(2 ** 20);
  for (const file of files) {
    const descriptor = openSync(file, 'r');
    const take = begin();
    for (let got = buffer.length; got === buffer.length; ) {
      got = readSync(descriptor, buffer, 0, buffer.length, null);
      take(buffer.subarray(0, got), got < buffer.length);
    }
    closeSync(descriptor);
  }
}

function hashOnce(): (bytes: Uint8Array, atEnd: boolean) => void {
  const hash = createHash('sha256');
  return (bytes, atEnd) => {
    hash.update(bytes);
    if (atEnd) hash.digest();
  };
}

/** As much as a scan has to hash: the file, and pieces of the size of a chunk; one hash for files of one piece. */
function hashTwice(): (bytes: Uint8Array, atEnd: boolean) => void {
  const hash = createHash('sha256');
  let first = true;
  return (bytes, atEnd) => {
    for (let at = 0; at < bytes.length; at += DEFAULT_CHUNKING.averageBytes) {
      computeSha256Bytes(bytes.subarray(at, at + DEFAULT_CHUNKING.averageBytes));
    }
    if (first && atEnd && bytes.length <= DEFAULT_CHUNKING.averageBytes) return;
    first = false;
    hash.update(bytes);
    if (atEnd) hash.digest();
  };
}
