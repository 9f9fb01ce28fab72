// Steam's way as its documentation describes it: every file in fixed chunks of 1 MiB named by SHA-1, chunks the old tree
// has anywhere are not sent again, each other one is compressed alone (here by zstd -19). Manifests are not counted.
//   make OLD NEW STORE     what is to be downloaded
//   apply OLD STORE OUT    the new tree from it
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { listFiles } from '../trees/list-files.ts';

const CHUNK_BYTES = 2 ** 20;

interface Store {
  readonly files: readonly { readonly path: string; readonly chunks: readonly string[] }[];
  /** Compressed length and position of each chunk that is sent. */
  readonly sent: Readonly<Record<string, readonly [at: number, length: number]>>;
}

const [verb, ...folders] = process.argv.slice(2);
const [first = '', second = '', third = ''] = folders;
if (verb === 'make') await make(first, second, third);
else if (verb === 'apply') await apply(first, second, third);
else throw new Error('make OLD NEW STORE, or apply OLD STORE OUT');

async function make(oldRoot: string, newRoot: string, storeFolder: string): Promise<void> {
  const known = await indexChunks(oldRoot);
  const sent: Record<string, readonly [number, number]> = {};
  const files: { path: string; chunks: string[] }[] = [];
  await mkdir(storeFolder, { recursive: true });
  await using out = await open(join(storeFolder, 'chunks'), 'w');
  let at = 0;
  for (const { path } of await listFiles(newRoot)) {
    const chunks: string[] = [];
    for await (const chunk of readChunks(join(newRoot, path))) {
      const name = nameChunk(chunk);
      chunks.push(name);
      if (known.has(name) || sent[name] !== undefined) continue;
      const packed = zstdCompressSync(chunk, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
      await out.write(packed);
      sent[name] = [at, packed.length];
      at += packed.length;
    }
    files.push({ path, chunks });
  }
  const store: Store = { files, sent };
  await writeFile(join(storeFolder, 'index.json'), JSON.stringify(store));
  console.log(JSON.stringify({ chunkBytes: at, chunks: Object.keys(sent).length }));
}

async function apply(oldRoot: string, storeFolder: string, outRoot: string): Promise<void> {
  const { files, sent } = JSON.parse(await readFile(join(storeFolder, 'index.json'), 'utf8')) as Store;
  const known = await indexChunks(oldRoot);
  await using packed = await open(join(storeFolder, 'chunks'));
  for (const { path, chunks } of files) {
    const target = join(outRoot, path);
    await mkdir(dirname(target), { recursive: true });
    await using out = await open(target, 'w');
    for (const name of chunks) await out.write(await readChunk(name));
  }

  async function readChunk(name: string): Promise<Buffer> {
    const place = sent[name];
    if (place !== undefined) return zstdDecompressSync(await readRange(packed, ...place));
    const old = known.get(name);
    if (old === undefined) throw new Error(`chunk ${name} is nowhere`);
    await using file = await open(join(oldRoot, old.path));
    return await readRange(file, old.at, CHUNK_BYTES);
  }
}

async function indexChunks(root: string): Promise<Map<string, { path: string; at: number }>> {
  const index = new Map<string, { path: string; at: number }>();
  for (const { path } of await listFiles(root)) {
    let at = 0;
    for await (const chunk of readChunks(join(root, path))) {
      index.set(nameChunk(chunk), { path, at });
      at += chunk.length;
    }
  }
  return index;
}

async function* readChunks(path: string): AsyncGenerator<Buffer> {
  await using file = await open(path);
  for (let at = 0; ; at += CHUNK_BYTES) {
    const chunk = await readRange(file, at, CHUNK_BYTES);
    if (chunk.length === 0) return;
    yield chunk;
  }
}

/** @returns fewer bytes at the end of the file. */
async function readRange(
  file: Awaited<ReturnType<typeof open>>,
  at: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  return buffer.subarray(0, bytesRead);
}

function nameChunk(chunk: Buffer): string {
  return createHash('sha1').update(chunk).digest('hex');
}
