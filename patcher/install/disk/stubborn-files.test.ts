import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type * as FsPromises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { GameOnCdn } from '../../testing/builds/game-on-cdn.ts';
import { installBuild, readInstallState, updateBuild } from '../install.ts';
import { removeFolderIfEmpty, stubbornly, unlinkStubbornly } from './stubborn-files.ts';

/** A folder in which nobody may remove a file for now. */
const held = vi.hoisted(() => ({ name: '' }));
vi.mock('node:fs/promises', async (importActual) => {
  const actual = await importActual<typeof FsPromises>();
  return {
    ...actual,
    unlink: async (at: string) => {
      if (held.name !== '' && path.basename(path.dirname(at)) === held.name) {
        throw Object.assign(new Error('held open'), { code: 'EPERM', syscall: 'unlink', path: at });
      }
      return actual.unlink(at);
    },
  };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gantry-stubborn-'));
});
afterEach(async () => {
  held.name = '';
  await rm(folder, { recursive: true, force: true });
});

describe('an operation that is refused while something holds the file open', () => {
  const refused = (code: string, times: number) => {
    let left = times;
    return async () => {
      if (left-- > 0) throw Object.assign(new Error(code), { code });
      return 'done';
    };
  };
  const patient = (platform: NodeJS.Platform) => {
    const waits: number[] = [];
    return { waits, platform, sleep: async (ms: number) => void waits.push(ms) };
  };

  test.each([
    ['win32', 'EPERM'],
    ['win32', 'EACCES'],
    ['win32', 'EBUSY'],
    ['linux', 'EBUSY'],
  ] as const)('is tried again on %s after %s, with doubling waits', async (platform, code) => {
    const patience = patient(platform);
    expect(await stubbornly(refused(code, 3), patience)).toBe('done');
    expect(patience.waits).toEqual([200, 400, 800]);
  });

  test('is given up in the end, and at once where waiting mends nothing', async () => {
    const patience = patient('win32');
    await expect(stubbornly(refused('EPERM', 99), patience)).rejects.toMatchObject({ code: 'EPERM' });
    expect(patience.waits).toHaveLength(4);
    const none = patient('linux');
    await expect(stubbornly(refused('EPERM', 1), none)).rejects.toMatchObject({ code: 'EPERM' });
    await expect(stubbornly(refused('ENOSPC', 1), none)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(none.waits).toEqual([]);
  });

  test('takes absence for success', async () => {
    await unlinkStubbornly(path.join(folder, 'nothing'));
    expect(await removeFolderIfEmpty(path.join(folder, 'nothing'))).toBe(true);
    await writeFile(path.join(folder, 'something'), '');
    expect(await removeFolderIfEmpty(folder)).toBe(false);
  });
});

test('an update is done although its old files cannot be removed yet; the next job clears first', async () => {
  const game = await GameOnCdn.start(folder);
  try {
    const file = (text: string) => ({ kind: 'file' as const, bytes: Buffer.from(text), mode: 0o755 });
    const builds = [
      await game.publish(new Map([['game', file('1')]])),
      await game.publish(new Map([['game', file('2')]])),
    ];
    const [one, two] = builds as [(typeof builds)[0], (typeof builds)[0]];
    const job = { root: path.join(folder, 'install'), ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    held.name = 'aside';
    expect((await updateBuild({ ...job, build: two.reference })).kind).toBe('done');
    expect(await readInstallState(job.root)).toMatchObject({ playable: true, pending: null });
    await expect(updateBuild({ ...job, build: one.reference })).rejects.toMatchObject({
      code: 'INSTALL_NO_PERMISSION',
    });
    held.name = '';
    await updateBuild({ ...job, build: one.reference });
    expect(await compareTrees(one.root, job.root)).toEqual([]);
  } finally {
    await game.close();
  }
});
