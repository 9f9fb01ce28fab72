import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { activateKey, addKey, generateKeyRing, readKeyRing, writeKeyRing } from '../delivery/key-ring.ts';
import { createSigner, grantedUrl } from '../delivery/signer.ts';
import { FileStore } from '../storage/file-store.ts';
import { type ServingEdge, serveFolder } from './serve-folder.ts';

const name = 'ab'.repeat(32);
let folder: string;
let edge: ServingEdge;
let keyRingFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-edge-'));
  keyRingFile = join(folder, 'ring.json');
  await writeKeyRing(keyRingFile, await generateKeyRing());
  const store = new FileStore({
    folder: join(folder, 'objects'),
    secret: 's'.repeat(32),
    publicUrl: () => '',
  });
  await store.write(`t/skyforge/linux/packs/${name}`, new TextEncoder().encode('a pack'));
  edge = await serveFolder({
    objectsFolder: join(folder, 'objects'),
    keyRingFile,
    accessLogFolder: join(folder, 'logs'),
    host: '127.0.0.1',
    port: 0,
    location: 'FRA56-P1',
  });
});
afterEach(async () => {
  await edge.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function fetchWith(ring: Awaited<ReturnType<typeof generateKeyRing>>): Promise<Response> {
  const signer = createSigner({ baseUrl: edge.url, keyRing: () => ring });
  const grantId = '00000000-0000-4000-8000-000000000000';
  const grant = signer.sign({ grantId, gameId: 'skyforge', depot: 'linux' });
  return await fetch(grantedUrl(grant, `packs/${name}`));
}

test('an edge of its own serves what a grant of the trusted ring opens, and nothing else', async () => {
  const granted = await fetchWith(await readKeyRing(keyRingFile));
  expect([granted.status, await granted.text()]).toEqual([200, 'a pack']);
  const foreign = await fetchWith(await generateKeyRing());
  expect(foreign.status).toBe(403);
  expect(await foreign.text()).toContain('<Code>InvalidKey</Code>');
});

test('a key that is rolled in is trusted without a restart', { timeout: 30_000 }, async () => {
  const { ring, key } = await addKey(await readKeyRing(keyRingFile));
  const rotated = activateKey(ring, key.id);
  expect((await fetchWith(rotated)).status).toBe(403);
  await writeKeyRing(keyRingFile, rotated);
  await vi.waitFor(async () => expect((await fetchWith(rotated)).status).toBe(200), {
    timeout: 20_000,
    interval: 250,
  });
});
