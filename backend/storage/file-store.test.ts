import { createHash } from 'node:crypto';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fastify from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileStore } from './file-store.ts';
import { fileStoreRoutes } from './file-store-routes.ts';

const SECRET = 'a secret of this test, long enough for use';
const KEY = 't/skyforge/linux/packs/abc';
let folder: string;
let store: FileStore;
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-file-store-'));
  nowMs = Date.now();
  store = newStore();
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

function newStore(): FileStore {
  return new FileStore({
    folder,
    secret: SECRET,
    publicUrl: () => 'http://service',
    partBytes: 4,
    clock: () => nowMs,
  });
}

function specOf(content: string) {
  return { sizeBytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

async function beginWith(content: string): Promise<string> {
  const { uploadId } = await store.beginUpload(KEY, specOf(content));
  for (let number = 1; number <= Math.ceil(content.length / 4); number += 1) {
    await store.uploads.receive(
      uploadId,
      number,
      Readable.from([Buffer.from(content.slice((number - 1) * 4, number * 4))]),
    );
  }
  return uploadId;
}

async function blobCount(): Promise<number> {
  const names = await readdir(path.join(folder, 'blobs'), { recursive: true, withFileTypes: true });
  return names.filter((name) => name.isFile()).length;
}

it('keeps an object out of reach of whoever still writes to its upload', async () => {
  const uploadId = await beginWith('0123456789');
  const writer = await open(path.join(folder, 'uploads', uploadId, 'data'), 'r+');
  await store.completeUpload(uploadId, KEY);
  await writer.write('spoiled');
  await writer.close();
  expect(await text((await store.read(KEY)).stream)).toBe('0123456789');
});

it('goes on with an upload after a restart', async () => {
  const uploadId = await beginWith('0123456789');
  store = newStore();
  expect(await store.listParts(uploadId, KEY)).toHaveLength(3);
  expect(await store.completeUpload(uploadId, KEY)).toMatchObject({ sizeBytes: 10 });
});

it('does not complete an upload under another key', async () => {
  const uploadId = await beginWith('0123');
  await expect(store.completeUpload(uploadId, `${KEY}d`)).rejects.toMatchObject({
    code: 'STORAGE_UPLOAD_NOT_FOUND',
  });
});

it('counts a part as missing from the moment it is sent again until it is whole', async () => {
  const uploadId = await beginWith('01234567');
  const receive = store.uploads.receive(uploadId, 1, Readable.from([Buffer.from('01')]));
  await expect(receive).rejects.toMatchObject({ code: 'STORAGE_SIZE_MISMATCH' });
  expect((await store.listParts(uploadId, KEY)).map(({ number }) => number)).toEqual([2]);
});

it('never lets a part that is too long run into the next', async () => {
  const uploadId = await beginWith('01234567');
  const receive = store.uploads.receive(
    uploadId,
    1,
    Readable.from([Buffer.from('0123'), Buffer.from('XXXX')]),
  );
  await expect(receive).rejects.toMatchObject({ code: 'STORAGE_SIZE_MISMATCH' });
  await store.uploads.receive(uploadId, 1, Readable.from([Buffer.from('0123')]));
  await store.completeUpload(uploadId, KEY);
  expect(await text((await store.read(KEY)).stream)).toBe('01234567');
});

it('leaves no bytes behind when objects are replaced, refused or deleted', async () => {
  await store.write(KEY, Buffer.from('one'));
  await store.write(KEY, Buffer.from('two'));
  await expect(store.write(KEY, Buffer.from('three'), { ifAbsent: true })).rejects.toThrow();
  await expect(store.write(KEY, Buffer.from('four'), { sha256: 'ff' })).rejects.toThrow();
  const broken = Readable.from(
    (function* () {
      yield Buffer.from('half');
      throw new Error('the sender went away');
    })(),
  );
  await expect(store.write(KEY, broken)).rejects.toThrow('the sender went away');
  expect(await blobCount()).toBe(1);
  await store.delete(KEY);
  expect(await blobCount()).toBe(0);
  expect(await readdir(path.join(folder, 'temporary'))).toEqual([]);
});

it('lets a reader finish with the object it opened, though it is replaced meanwhile', async () => {
  await store.write(KEY, Buffer.from('the old bytes'));
  const { stream } = await store.read(KEY);
  await store.write(KEY, Buffer.from('new'));
  expect(await text(stream)).toBe('the old bytes');
});

it('removes uploads that nobody finished', async () => {
  const uploadId = await beginWith('0123');
  expect(await store.uploads.removeStale(new Date(Date.now() - 60_000))).toBe(0);
  expect(await store.uploads.removeStale(new Date(Date.now() + 60_000))).toBe(1);
  await expect(store.listParts(uploadId, KEY)).rejects.toMatchObject({ code: 'STORAGE_UPLOAD_NOT_FOUND' });
});

it('refuses a secret short enough to guess', () => {
  expect(() => new FileStore({ folder, secret: 'short', publicUrl: () => '' })).toThrow(TypeError);
});

it('refuses a part whose announced hash is not its own, and an address from its last second on', async () => {
  const app = fastify();
  await app.register(fileStoreRoutes, { store, secret: SECRET, clock: () => nowMs });
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  const { uploadId } = await store.beginUpload(KEY, specOf('0123'));
  const [part] = await store.presignParts(uploadId, KEY, [1]);
  const send = (headers: Record<string, string> = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const url = (part?.url ?? '').replace('http://service', base);
      const request = http.request(
        url,
        { method: 'PUT', headers: { ...part?.headers, ...headers }, agent: false },
        (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
        },
      );
      request.on('error', reject).end('0123');
    });
  expect(await send({ 'x-part-sha256': 'f'.repeat(64) })).toBe(422);
  expect(await store.listParts(uploadId, KEY)).toEqual([]);
  expect(await send({ 'x-part-sha256': specOf('0123').sha256 })).toBe(200);
  nowMs = (Math.floor(nowMs / 1000) + 3600) * 1000 - 1;
  expect(await send()).toBe(200);
  nowMs += 1;
  expect(await send()).toBe(403);
  await app.close();
});
