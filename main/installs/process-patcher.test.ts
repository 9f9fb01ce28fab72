import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ToPatcher } from '../../patcher/process/messages.ts';
import type { SpawnPatcher } from '../../patcher/process/patcher-client.ts';
import { trustErrors } from '../../patcher/trust/trust-errors.ts';
import type { PatcherOptions } from '../ports.ts';
import { fakeBuild } from '../testing/fake-service.ts';
import type { PatchJob } from './patcher-port.ts';
import { noSpeeds } from './downloads/measured-speeds.ts';
import { createPatcher, createPatcherWith } from './process-patcher.ts';

/** A patcher process that only notes what it is told. */
function recordingProcess() {
  const sent: ToPatcher[] = [];
  const spawn: SpawnPatcher = () => ({
    send: (message) => void sent.push(message),
    onMessage: () => undefined,
    onExit: () => undefined,
    kill: () => undefined,
  });
  const started = () => sent.flatMap((message) => (message.kind === 'start' ? [message.job] : []));
  return { spawn, started };
}

const api: PatcherOptions['api'] = {
  // What the service says of the manifest is 'a' and 10 bytes.
  delivery: async () => ({ build: fakeBuild('skylark', 7), patches: [], chains: [] }),
  grant: async () => {
    throw new Error('nothing is fetched here');
  },
};
const job: PatchJob = {
  gameId: 'skylark',
  depot: 'web',
  channel: 'stable',
  folder: '/games/skylark',
  buildId: 7,
  oldBuildId: null,
  reason: 'install',
};
const signed = { sha256: 'b'.repeat(64), sizeBytes: 4321 };
const { signal } = new AbortController();
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('an install and its plan go by the manifest the publisher signed, whatever the service says', async () => {
  const { spawn, started } = recordingProcess();
  const patcher = createPatcherWith(spawn)({
    api,
    keepPrevious: () => false,
    routing: () => ({ speeds: noSpeeds, prefer: 'balanced' }),
    trust: { findManifest: async () => signed },
  });
  void patcher.plan(job, signal).catch(() => undefined);
  void patcher
    .apply({ ...job, reason: 'update', oldBuildId: 6 }, { signal, onProgress: () => {} })
    .catch(() => {});
  await settled();
  const manifest = { ...signed, path: `manifests/${signed.sha256}` };
  expect(started()).toMatchObject([
    { verb: 'plan', build: { buildId: 7, manifest } },
    { verb: 'update', build: { buildId: 7, manifest } },
  ]);
});

test('an update where nothing is installed, as while its drive is not there, makes no install of its own', async () => {
  const folder = path.join(await mkdtemp(path.join(tmpdir(), 'gantry-absent-')), 'mnt', 'skylark');
  const patcher = createPatcher({
    api,
    keepPrevious: () => false,
    routing: () => ({ speeds: noSpeeds, prefer: 'balanced' }),
    trust: { findManifest: async () => signed },
  });
  try {
    for (const reason of ['update', 'preload'] as const) {
      const update = patcher.apply(
        { ...job, folder, reason, oldBuildId: 6 },
        { signal, onProgress: () => {} },
      );
      await expect(update).rejects.toMatchObject({ code: 'INSTALL_ABSENT' });
    }
    expect(await readdir(path.resolve(folder, '../..'))).toEqual([]);
  } finally {
    await patcher.close();
    await rm(path.resolve(folder, '../..'), { recursive: true });
  }
});

test('what is not vouched for never reaches the patcher', async () => {
  const { spawn, started } = recordingProcess();
  const findManifest = async () => {
    throw trustErrors.error('TRUST_ROLLBACK', { role: 'timestamp', offered: 1, seen: 2 });
  };
  const patcher = createPatcherWith(spawn)({
    api,
    keepPrevious: () => false,
    routing: () => ({ speeds: noSpeeds, prefer: 'balanced' }),
    trust: { findManifest },
  });
  await expect(patcher.plan(job, signal)).rejects.toMatchObject({ code: 'TRUST_ROLLBACK' });
  await expect(patcher.apply(job, { signal, onProgress: () => {} })).rejects.toMatchObject({
    code: 'TRUST_ROLLBACK',
  });
  expect(started()).toEqual([]);
});

test('a repair asks nobody: what is installed was vouched for when it came', async () => {
  const { spawn, started } = recordingProcess();
  const findManifest = async () => {
    throw new Error('not asked');
  };
  const patcher = createPatcherWith(spawn)({
    api,
    keepPrevious: () => false,
    routing: () => ({ speeds: noSpeeds, prefer: 'balanced' }),
    trust: { findManifest },
  });
  void patcher
    .apply({ ...job, reason: 'repair', oldBuildId: 7 }, { signal, onProgress: () => {} })
    .catch(() => {});
  await settled();
  expect(started()).toEqual([{ verb: 'repair', root: job.folder }]);
});
