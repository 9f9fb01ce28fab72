import type * as FsPromises from 'node:fs/promises';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { acquireInstallLock } from './install-lock.ts';

/** The one file that cannot be removed. */
const unlinkFails = vi.hoisted(() => ({ name: undefined as string | undefined }));
/** What happens between a look at the folder and what is done about it. */
const afterListing = vi.hoisted(() => ({
  run: undefined as ((names: readonly string[]) => Promise<unknown>) | undefined,
}));
vi.mock('node:fs/promises', async (importActual) => {
  const actual = await importActual<typeof FsPromises>();
  return {
    ...actual,
    readdir: async (listed: string) => {
      const names = await actual.readdir(listed);
      await afterListing.run?.(names);
      return names;
    },
    unlink: async (file: string) => {
      if (unlinkFails.name === undefined || !file.endsWith(unlinkFails.name)) return actual.unlink(file);
      throw Object.assign(new Error('EROFS'), { code: 'EROFS' });
    },
  };
});

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gantry-lock-'));
});
afterEach(() => {
  afterListing.run = undefined;
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

  /** As another has it that only asks for the lock. @returns Where its claim lies, and where the lock would. */
  async function claimAsAnother(): Promise<{ claim: string; held: string }> {
    await acquireInstallLock(folder);
    const [name = ''] = await readdir(folder);
    const held = path.join(folder, name);
    const claim = held.replace(/held$/, 'claim');
    await rename(held, claim);
    return { claim, held };
  }

  test('is not given while a claim becomes the lock', async () => {
    const { claim, held } = await claimAsAnother();
    afterListing.run = async () => {
      afterListing.run = undefined;
      await rename(claim, held);
    };
    await expect(acquireInstallLock(folder)).rejects.toMatchObject({ code: 'INSTALL_LOCKED' });
  });

  test('is asked for under another name at every try', async () => {
    const { claim } = await claimAsAnother();
    const seen: string[] = [];
    afterListing.run = async (names) => {
      seen.push(...names.filter((name) => path.join(folder, name) !== claim));
      if (seen.length === 3) await rm(claim);
    };
    await acquireInstallLock(folder);
    expect(new Set(seen).size).toBe(3);
  });

  test('is let go of even where its file cannot be removed, for this process and for others', async () => {
    const lock = await acquireInstallLock(folder);
    const [held = ''] = await readdir(folder);
    unlinkFails.name = held;
    await lock.release();
    await expect(readFile(path.join(folder, held), 'utf8')).resolves.toBe('released');
    await (await acquireInstallLock(folder)).release();
    // Another process knows by what the file says; it looks as if of a process that lives.
    await writeFile(
      path.join(folder, held.replace(/[0-9a-f]{16}\.held$/, `${'c'.repeat(16)}.held`)),
      'released',
    );
    await (await acquireInstallLock(folder)).release();
    unlinkFails.name = undefined;
    await (await acquireInstallLock(folder)).release();
    expect(await readdir(folder)).toEqual([]);
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
