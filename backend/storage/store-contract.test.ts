import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provideS3Server, type S3Feature, type S3Server } from '../testing/s3-server.ts';
import { FileStore } from './file-store.ts';
import { fileStoreRoutes } from './file-store-routes.ts';
import type { PresignedPart, UploadStore } from './object-store.ts';
import { S3Store } from './s3-store.ts';

interface Provided {
  readonly store: UploadStore;
  /** The same place with a wrong secret: its signed addresses must be refused. */
  readonly forged: UploadStore;
  /** The same place, giving out addresses of one second. */
  readonly shortLived: UploadStore;
  readonly missing: readonly S3Feature[];
  stop(): Promise<void>;
}

const MIB = 1024 * 1024;
const PART_BYTES = 5 * MIB;

describe.each([
  { name: 'file store', provide: provideFileStore },
  { name: 'S3 store', provide: provideS3Store },
])('$name', ({ name, provide }) => {
  let provided: Provided;
  let store: UploadStore;
  beforeAll(async () => {
    provided = await provide();
    store = provided.store;
  }, 900_000);
  afterAll(() => provided?.stop());

  /** A check that s3rver cannot pass; it is skipped there by name, never silently. */
  const checkWith = (feature: S3Feature, title: string, check: () => Promise<void>): void => {
    it(title, async (context) => {
      if (provided.missing.includes(feature)) {
        process.stderr.write(`skipped, s3rver lacks ${feature}: ${name}: ${title}\n`);
        context.skip(`s3rver lacks ${feature}`);
      }
      await check();
    });
  };

  it('gives back what was written, with its facts', async () => {
    const content = randomBytes(100_000);
    const key = newKey();
    const written = await store.write(key, content, {
      contentType: 'application/x-test',
      cacheControl: 'max-age=5',
    });
    expect(written).toMatchObject({ key, sizeBytes: 100_000, sha256: sha256(content) });
    expect(written).toMatchObject({ contentType: 'application/x-test', cacheControl: 'max-age=5' });
    expect(await store.head(key)).toEqual(written);
    expect((await readAll(store, key)).equals(content)).toBe(true);
  });

  it('keeps an empty object', async () => {
    const key = newKey();
    await store.write(key, new Uint8Array());
    expect((await store.head(key))?.sizeBytes).toBe(0);
    expect(await readAll(store, key)).toHaveLength(0);
  });

  checkWith('first-byte-range', 'reads the first byte alone', async () => {
    const key = newKey();
    await store.write(key, Buffer.from('0123456789'));
    const { stream } = await store.read(key, { start: 0, end: 1 });
    expect((await buffer(stream)).toString()).toBe('0');
  });

  it.each([
    [0, 2],
    [0, 10],
    [3, 7],
    [9, 10],
  ])('reads bytes %i to %i alone', async (start, end) => {
    const key = newKey();
    await store.write(key, Buffer.from('0123456789'));
    const { stream, sizeBytes } = await store.read(key, { start, end });
    expect(sizeBytes).toBe(10);
    expect((await buffer(stream)).toString()).toBe('0123456789'.slice(start, end));
  });

  it.each([
    [0, 11],
    [10, 11],
    [5, 5],
    [7, 3],
    [-1, 2],
  ])('refuses to read %i to %i of ten bytes', async (start, end) => {
    const key = newKey();
    await store.write(key, Buffer.from('0123456789'));
    await expect(store.read(key, { start, end })).rejects.toMatchObject({ code: 'STORAGE_RANGE_INVALID' });
  });

  it('takes a stream of unknown length larger than a part', async () => {
    const content = randomBytes(9 * MIB + 17);
    const key = newKey();
    await store.write(key, streamOf(content, 300_001), { sha256: sha256(content) });
    expect(sha256(await readAll(store, key))).toBe(sha256(content));
  });

  const leavesNothing = async (sizeBytes: number): Promise<void> => {
    const key = newKey();
    const write = store.write(key, streamOf(randomBytes(sizeBytes), 500_000), { sha256: sha256('other') });
    await expect(write).rejects.toMatchObject({ code: 'STORAGE_HASH_MISMATCH' });
    expect(await store.head(key)).toBeUndefined();
  };
  it('leaves nothing when few bytes do not have the announced hash', () => leavesNothing(1000));
  checkWith('abort-upload', 'leaves nothing when a long stream does not have the announced hash', () =>
    leavesNothing(9 * MIB),
  );

  checkWith('conditional-write', 'lets exactly one of many writers create an object', async () => {
    const key = newKey();
    const writes = Array.from({ length: 6 }, (_, index) =>
      store.write(key, Buffer.from(`writer ${index}`), { ifAbsent: true }),
    );
    const outcomes = await Promise.allSettled(writes);
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(5);
    for (const { reason } of lost) expect(reason).toMatchObject({ code: 'STORAGE_ALREADY_EXISTS' });
    const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled');
    expect((await readAll(store, key)).toString()).toBe(`writer ${winner}`);
  });

  it('replaces an object as a whole, and its etag with it', async () => {
    const key = newKey();
    const first = await store.write(key, Buffer.from('one'));
    const second = await store.write(key, Buffer.from('two'));
    expect(second.etag).not.toBe(first.etag);
    expect((await readAll(store, key)).toString()).toBe('two');
  });

  it('says that nothing is there', async () => {
    const key = newKey();
    expect(await store.head(key)).toBeUndefined();
    await expect(store.read(key)).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' });
    await expect(store.read(key, { start: 0, end: 1 })).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' });
    await store.delete(key);
  });

  it('deletes', async () => {
    const key = newKey();
    await store.write(key, Buffer.from('x'));
    await store.delete(key);
    expect(await store.head(key)).toBeUndefined();
  });

  checkWith('key-order', 'lists what begins with a prefix, in order, across folders', async () => {
    const base = newKey();
    const names = ['b', 'a/2', 'a/1', 'a', 'ab/x'].map((name) => `${base}/${name}`);
    for (const key of names) await store.write(key, Buffer.from(key));
    expect(await listKeys(store, `${base}/`)).toEqual([...names].sort());
    expect(await listKeys(store, `${base}/a`)).toEqual(
      [...names].filter((key) => key.startsWith(`${base}/a`)).sort(),
    );
    expect(await listKeys(store, `${base}/zzz`)).toEqual([]);
  });

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '..',
    'a/../b',
    'a/.',
    'A/b',
    'a\\b',
    'a b',
    'a%2e',
    'nul',
    'a/com1.txt',
    'a\0',
    'a.',
    'é',
  ])('refuses the key %j everywhere', async (key) => {
    const refused = { code: 'STORAGE_KEY_INVALID' };
    const spec = { sizeBytes: 1, sha256: sha256('x') };
    await expect(store.head(key)).rejects.toMatchObject(refused);
    await expect(store.read(key)).rejects.toMatchObject(refused);
    await expect(store.write(key, Buffer.from('x'))).rejects.toMatchObject(refused);
    await expect(store.delete(key)).rejects.toMatchObject(refused);
    await expect((async () => store.beginUpload(key, spec))()).rejects.toMatchObject(refused);
  });

  checkWith('list-parts', 'resumes an upload: lost parts are listed as missing and sent later', async () => {
    const content = randomBytes(2 * PART_BYTES + 123);
    const key = newKey();
    const spec = {
      sizeBytes: content.length,
      sha256: sha256(content),
      cacheControl: 'immutable',
      contentType: 'a/b',
    };
    const { uploadId, partBytes } = await store.beginUpload(key, spec);
    expect(partBytes).toBe(PART_BYTES);
    const [one, two, three] = await store.presignParts(uploadId, key, [1, 2, 3]);
    expect([one, two, three].map((part) => part?.sizeBytes)).toEqual([PART_BYTES, PART_BYTES, 123]);

    expect((await send(one, content)).status).toBe(200);
    expect((await send(three, content)).status).toBe(200);
    expect((await store.listParts(uploadId, key)).map((part) => [part.number, part.sizeBytes])).toEqual([
      [1, PART_BYTES],
      [3, 123],
    ]);
    await expect(store.completeUpload(uploadId, key)).rejects.toMatchObject({
      code: 'STORAGE_UPLOAD_INCOMPLETE',
      details: { number: 2 },
    });
    expect(await store.head(key)).toBeUndefined();

    await send(two, content);
    await send(one, content); // Sent again after a lost answer.
    const stored = await store.completeUpload(uploadId, key);
    expect(stored).toMatchObject({
      key,
      sizeBytes: content.length,
      sha256: sha256(content),
      cacheControl: 'immutable',
    });
    expect(sha256(await readAll(store, key))).toBe(sha256(content));
    await expect(store.listParts(uploadId, key)).rejects.toMatchObject({ code: 'STORAGE_UPLOAD_NOT_FOUND' });
    expect(await listKeys(store, 'uploads/')).toEqual([]);
  });

  checkWith('list-parts', 'never shows an upload whose bytes are not the announced ones', async () => {
    const content = randomBytes(1000);
    const key = newKey();
    const { uploadId } = await store.beginUpload(key, { sizeBytes: 1000, sha256: sha256('something else') });
    const [part] = await store.presignParts(uploadId, key, [1]);
    expect((await send(part, content)).status).toBe(200);
    await expect(store.completeUpload(uploadId, key)).rejects.toMatchObject({
      code: 'STORAGE_HASH_MISMATCH',
    });
    expect(await store.head(key)).toBeUndefined();
    expect(await listKeys(store, 'uploads/')).toEqual([]);
  });

  checkWith('list-parts', 'uploads an empty object', async () => {
    const key = newKey();
    const { uploadId } = await store.beginUpload(key, { sizeBytes: 0, sha256: sha256('') });
    const [part] = await store.presignParts(uploadId, key, [1]);
    expect((await send(part, Buffer.alloc(0))).status).toBe(200);
    expect((await store.completeUpload(uploadId, key)).sizeBytes).toBe(0);
  });

  it('gives addresses only for parts the upload has', async () => {
    const key = newKey();
    const { uploadId } = await store.beginUpload(key, { sizeBytes: 10, sha256: sha256('x') });
    for (const number of [0, 2, -1, 1.5]) {
      await expect(store.presignParts(uploadId, key, [number])).rejects.toMatchObject({
        code: 'STORAGE_PART_INVALID',
      });
    }
    await store.abortUpload(uploadId, key).catch(() => undefined);
  });

  checkWith('abort-upload', 'forgets an aborted upload', async () => {
    const key = newKey();
    const { uploadId } = await store.beginUpload(key, { sizeBytes: 5, sha256: sha256('hello') });
    const [part] = await store.presignParts(uploadId, key, [1]);
    await send(part, Buffer.from('hello'));
    await store.abortUpload(uploadId, key);
    await store.abortUpload(uploadId, key);
    await expect(store.completeUpload(uploadId, key)).rejects.toMatchObject({
      code: 'STORAGE_UPLOAD_NOT_FOUND',
    });
    expect((await send(part, Buffer.from('hello'))).status).toBe(404);
    expect(await store.head(key)).toBeUndefined();
  });

  checkWith('signature-check', 'refuses another amount of bytes than was signed', async () => {
    const key = newKey();
    const { uploadId } = await store.beginUpload(key, { sizeBytes: 10, sha256: sha256('0123456789') });
    const [part] = await store.presignParts(uploadId, key, [1]);
    for (const body of ['012345678', '0123456789a']) {
      expect((await put(part, Buffer.from(body))).status).toBeGreaterThanOrEqual(400);
    }
    expect(await store.listParts(uploadId, key)).toEqual([]);
  });

  checkWith(
    'signature-check',
    'refuses an address signed with another secret, or changed after signing',
    async () => {
      const key = newKey();
      const { uploadId } = await store.beginUpload(key, { sizeBytes: 20, sha256: sha256('x') });
      const [good] = await store.presignParts(uploadId, key, [1]);
      const [forged] = await provided.forged.presignParts(uploadId, key, [1]);
      const url = good?.url ?? '';
      const changed = [
        forged?.url ?? '',
        url.replace(
          /signature=(.)/i,
          (_all, first: string) => `${_all.slice(0, -1)}${first === '0' ? '1' : '0'}`,
        ),
        url.replace(/([?&](?:expires|X-Amz-Expires))=\d+/, '$1=604800'),
        url.replace(/&?(?:X-Amz-)?signature=[^&]*/i, ''),
      ];
      for (const address of changed) {
        expect(address).not.toBe(url);
        expect((await put(good && { ...good, url: address }, Buffer.alloc(20))).status).toBe(403);
      }
      expect(await store.listParts(uploadId, key)).toEqual([]);
    },
  );

  checkWith('signature-check', 'refuses an address after its time', async () => {
    const key = newKey();
    const { uploadId } = await store.beginUpload(key, { sizeBytes: 5, sha256: sha256('hello') });
    const [part] = await provided.shortLived.presignParts(uploadId, key, [1]);
    await new Promise((later) => setTimeout(later, 2100));
    expect((await send(part, Buffer.from('hello'))).status).toBe(403);
  });
});

async function provideFileStore(): Promise<Provided> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-file-store-'));
  const app: FastifyInstance = fastify();
  let publicUrl = '';
  const secret = 'a secret of this test, long enough for use';
  const options = { folder, secret, publicUrl: () => publicUrl, partBytes: PART_BYTES };
  const store = new FileStore(options);
  await app.register(fileStoreRoutes, { store, secret });
  publicUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    store,
    forged: new FileStore({ ...options, secret: 'another secret, which the routes do not know' }),
    shortLived: new FileStore({ ...options, addressLifetimeSeconds: 1 }),
    missing: [],
    async stop() {
      await app.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function provideS3Store(): Promise<Provided> {
  const server: S3Server = await provideS3Server();
  const { endpoint, region, credentials, bucket, missing } = server;
  const options = { endpoint, region, credentials, bucket, partBytes: PART_BYTES };
  const stores = {
    store: new S3Store(options),
    forged: new S3Store({ ...options, credentials: { ...credentials, secretAccessKey: 'wrong' } }),
    shortLived: new S3Store({ ...options, addressLifetimeSeconds: 1 }),
  };
  return {
    ...stores,
    missing,
    async stop() {
      for (const store of Object.values(stores)) store.close();
      await server.stop();
    },
  };
}

let keyCount = 0;
function newKey(): string {
  keyCount += 1;
  return `t/game-${keyCount}/linux/packs/${sha256(String(keyCount))}`;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function readAll(store: UploadStore, key: string): Promise<Buffer> {
  return buffer((await store.read(key)).stream);
}

async function listKeys(store: UploadStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

function streamOf(content: Uint8Array, pieceBytes: number): Readable {
  const pieces = function* (): Generator<Uint8Array> {
    for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes);
  };
  return Readable.from(pieces());
}

/** The part's own slice of the whole content, to its address. */
async function send(part: PresignedPart | undefined, content: Uint8Array): Promise<{ status: number }> {
  const start = ((part?.number ?? 1) - 1) * PART_BYTES;
  return put(part, content.subarray(start, start + (part?.sizeBytes ?? 0)));
}

/** Whatever bytes, with their true length, to an address. */
function put(part: PresignedPart | undefined, body: Uint8Array): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const headers = { ...part?.headers, 'content-length': String(body.length) };
    const request = http.request(part?.url ?? '', { method: 'PUT', headers, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0 }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
