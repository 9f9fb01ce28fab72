import { lstat, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { GameOnCdn, type PublishedBuild } from '../testing/builds/game-on-cdn.ts';
import { removeTree } from '../testing/trees/remove-tree.ts';
import type { FakeNode } from '../testing/trees/tree-builder.ts';
import { installBuild, repairInstall, updateBuild, verifyInstall } from './install.ts';
import type * as InstallLock from './state/install-lock.ts';

/** What the system says to whoever would write a claim; a real read-only drive is one of `npm run reliability`. */
const refusal = vi.hoisted(() => ({ errno: undefined as string | undefined }));
vi.mock('./state/install-lock.ts', async (importActual) => {
  const actual = await importActual<typeof InstallLock>();
  const acquireInstallLock: typeof actual.acquireInstallLock = async (folder) => {
    if (refusal.errno === undefined) return actual.acquireInstallLock(folder);
    throw Object.assign(new Error(refusal.errno), { code: refusal.errno, syscall: 'open', path: folder });
  };
  return { ...actual, acquireInstallLock };
});

let scratch: string;
let root: string;
let game: GameOnCdn;
let build: PublishedBuild;

const file = (text: string): FakeNode => ({ kind: 'file', bytes: Buffer.from(text), mode: 0o644 });

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-read-only-'));
  game = await GameOnCdn.start(scratch);
  build = await game.publish(
    new Map([
      ['game', file('program')],
      ['data/a', file('alpha '.repeat(2000))],
      ['data/b', file('beta '.repeat(2000))],
    ]),
  );
});
afterAll(async () => {
  await game.close();
  await removeTree(scratch);
});
beforeEach(async () => {
  refusal.errno = undefined;
  root = path.join(await mkdtemp(path.join(scratch, 'place-')), 'game');
  await installBuild({ root, ports: game.ports, build: build.reference });
});

/** Every name below a folder with what would change if it were written. */
async function listing(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).sort();
  return Promise.all(
    names.map(async (name) => {
      const { ino, size, mtimeNs, ctimeNs } = await lstat(path.join(folder, name), { bigint: true });
      return `${name} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    }),
  );
}

describe.each(['EROFS', 'EACCES', 'EPERM'])('where nothing can be written (%s)', (errno) => {
  test('verify says what it found, and changes nothing', async () => {
    await writeFile(path.join(root, 'data/a'), 'wrong');
    const before = await listing(path.dirname(root));
    refusal.errno = errno;
    const { damage } = await verifyInstall({ root });
    expect(damage.map(({ path: at }) => at)).toEqual(['data/a']);
    expect(await listing(path.dirname(root))).toEqual(before);
  });

  test('repair says how many files are damaged and that it cannot write, and fetches nothing', async () => {
    await writeFile(path.join(root, 'data/a'), 'wrong');
    await writeFile(path.join(root, 'data/b'), 'wrong');
    const before = await listing(path.dirname(root));
    const requests = game.server.requests.length;
    refusal.errno = errno;
    await expect(repairInstall({ root, ports: game.ports })).rejects.toMatchObject({
      code: 'INSTALL_NOT_REPAIRABLE',
      details: { damagedFiles: 2, path: root },
    });
    expect(game.server.requests.length).toBe(requests);
    expect(await listing(path.dirname(root))).toEqual(before);
    refusal.errno = undefined;
    expect((await repairInstall({ root, ports: game.ports })).outcome.kind).toBe('done');
    expect(await readFile(path.join(root, 'data/a'), 'utf8')).toBe('alpha '.repeat(2000));
  });

  test('repair is done where nothing is damaged', async () => {
    refusal.errno = errno;
    const { outcome, report } = await repairInstall({ root, ports: game.ports });
    expect(outcome).toMatchObject({ kind: 'done', route: 'none', downloadedBytes: 0, writtenBytes: 0 });
    expect(report.damage).toEqual([]);
  });

  test('an update is refused as before', async () => {
    refusal.errno = errno;
    await expect(updateBuild({ root, ports: game.ports, build: build.reference })).rejects.toMatchObject({
      code: errno === 'EROFS' ? 'INSTALL_READ_ONLY' : 'INSTALL_NO_PERMISSION',
    });
  });
});
