import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireInstallLock } from './install-lock.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gantry-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('acquireInstallLock', () => {
  test('is held by one at a time', async () => {
    const lock = await acquireInstallLock(folder);
    await expect(acquireInstallLock(folder)).rejects.toMatchObject({
      code: 'INSTALL_LOCKED',
      details: { pid: process.pid },
    });
    await lock.release();
    await (await acquireInstallLock(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('never lets two in, however many ask at once', async () => {
    let inside = 0;
    let most = 0;
    let entered = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        try {
          const lock = await acquireInstallLock(folder);
          most = Math.max(most, ++inside);
          entered++;
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
          await lock.release();
        } catch (error) {
          expect(error).toMatchObject({ code: 'INSTALL_LOCKED' });
        }
      }),
    );
    expect(most).toBe(1);
    expect(entered).toBeGreaterThanOrEqual(1);
  });

  test.each([
    ['a process that is gone', `4194000.1.${'0'.repeat(16)}`],
    ['this process number under an earlier boot', `${process.pid}.1.${'0'.repeat(16)}`],
  ])('takes over from %s', async (_name, holder) => {
    await writeFile(path.join(folder, `${holder}.${'a'.repeat(16)}.held`), '');
    await (await acquireInstallLock(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('takes over from a process whose number was given to another', async () => {
    const lock = await acquireInstallLock(folder);
    const [name = ''] = await readdir(folder);
    await lock.release();
    const [pid, startedAt, boot] = name.split('.');
    await writeFile(path.join(folder, `${pid}.${Number(startedAt) + 1}.${boot}.${'b'.repeat(16)}.held`), '');
    await (await acquireInstallLock(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });
});
