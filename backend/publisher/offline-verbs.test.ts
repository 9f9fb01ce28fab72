import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareTrees } from '../../patcher/testing/trees/compare-trees.ts';
import { onChangedNode } from '../../patcher/testing/trees/changed-node.ts';
import { SeededRandom } from '../../patcher/testing/random-bytes.ts';

const GANTRY = fileURLToPath(new URL('gantry.ts', import.meta.url));
const PAGE = new URL('../../docs/patch-commands.md', import.meta.url);

type Json = Record<string, unknown> & {
  readonly error?: { readonly code: string; readonly next: string; readonly details: object };
};

let folder = '';
let documented = new Set<string>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gantry-offline-'));
  const page = await readFile(PAGE, 'utf8');
  documented = new Set([...page.matchAll(/`(\w+)`/g)].map(([, word]) => word as string));
  const bytes = new SeededRandom(1).bytes(40_000);
  await write('old', { 'game.exe': bytes, 'gone.txt': 'gone' });
  await write('new', { 'game.exe': Buffer.concat([bytes, Buffer.from('more')]), 'added.txt': 'added' });
  await mkdir(at('empty'));
});

afterAll(async () => await rm(folder, { recursive: true, force: true }));

describe('gantry keys root rotate', () => {
  it('signs nothing that too few of the present keys sign, the same key twice being one', async () => {
    const trust = at('trust');
    expect(await gantry('keys', 'root', 'create', '--out', trust)).toMatchObject({ exitCode: 0 });
    const root = path.join(trust, 'trust-root.json');
    const key = (name: string) => path.join(trust, `${name}.json`);
    const rotate = (...keys: string[]) =>
      gantry('keys', 'root', 'rotate', '--root', root, '--out', at('next'), '--key', ...keys.map(key));
    for (const keys of [['root-key-1'], ['root-key-1', 'root-key-1'], ['root-key-1', 'targets-key']])
      expect(await rotate(...keys)).toMatchObject({ json: { error: { code: 'CLI_ROOT_KEYS_MISSING' } } });
    await expect(readFile(at('next'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await rotate('root-key-1', 'root-key-3')).toMatchObject({ exitCode: 0, json: { version: 2 } });
  }, 60_000);
});

describe('gantry diff, apply and verify', () => {
  it('report what docs/patch-commands.md says, and nothing it does not', async () => {
    const diff = await gantry('diff', at('old'), at('new'), '-o', at('patch'));
    const apply = await gantry('apply', at('patch'), at('old'), at('out'));
    const verify = await gantry('verify', at('patch'), at('out'));
    expect([diff.exitCode, apply.exitCode, verify.exitCode]).toEqual([0, 0, 0]);
    expect(await compareTrees(at('new'), at('out'))).toEqual([]);
    const rows = [...(diff.json.classes as object[]), ...(apply.json.classes as object[])];
    expect(rows.length).toBeGreaterThan(2);
    const fields = [diff.json, apply.json, verify.json, ...rows].flatMap((data) => Object.keys(data));
    expect(fields.filter((field) => !documented.has(field))).toEqual([]);
    expect(diff.json).toMatchObject({
      sizeBytes: expect.any(Number),
      cpuSeconds: expect.any(Number),
      peakMemoryBytes: expect.any(Number),
    });
  }, 60_000);

  it('take empty folders on either side', async () => {
    const cases = [
      ['empty', 'new'],
      ['old', 'empty'],
      ['empty', 'empty'],
    ] as const;
    for (const [row, [from, to]] of cases.entries()) {
      const [patch, out] = [at(`patch-${row}`), at(`out-${row}`)];
      expect(await gantry('diff', at(from), at(to), '-o', patch)).toMatchObject({ exitCode: 0 });
      expect(await gantry('apply', patch, at(from), out)).toMatchObject({ exitCode: 0 });
      expect(await compareTrees(at(to), out)).toEqual([]);
      expect(await gantry('verify', patch, out)).toMatchObject({ exitCode: 0, json: { ok: true } });
    }
  }, 120_000);

  it('name what is not as the patch says', async () => {
    await gantry('diff', at('old'), at('new'), '-o', at('patch-v'));
    await gantry('apply', at('patch-v'), at('old'), at('out-v'));
    await rm(at('out-v/added.txt'));
    await chmod(at('out-v/game.exe'), 0o600);
    await writeFile(at('out-v/extra'), 'extra');
    const verified = await gantry('verify', at('patch-v'), at('out-v'));
    expect(verified).toMatchObject({ exitCode: 6, json: { ok: false } });
    expect(verified.json.differences).toEqual([
      { path: 'added.txt', difference: 'missing' },
      { path: 'game.exe', difference: 'another mode' },
      { path: 'extra', difference: 'not in the build' },
    ]);
  }, 60_000);

  it('refuse places inside the builds, folders in place of files, and what is no file, before any work', async () => {
    const refused = [
      [['diff', at('old'), at('new'), '-o', at('new/patch')], 'CLI_OUTPUT_INSIDE_BUILD'],
      [['diff', at('old'), at('new'), '-o', at('empty')], 'CLI_OUTPUT_UNUSABLE'],
      [['diff', at('old'), at('new'), '-o', at('nowhere/patch')], 'CLI_OUTPUT_UNUSABLE'],
      [['apply', at('empty'), at('old'), at('out-r')], 'PATCH_NOT_A_FILE'],
      [['apply', at('patch'), at('old'), at('old/made')], 'CLI_OUTPUT_INSIDE_BUILD'],
    ] as const;
    for (const [words, code] of refused) {
      const { exitCode, json } = await gantry(...words);
      expect([exitCode, json.error?.code]).toEqual([2, code]);
      expect(json.error?.next).not.toBe('');
    }
  }, 60_000);
});

describe('gantry on a Node that lacks something', () => {
  const withoutSha256 = `const real = crypto.createHash;
    crypto.createHash = (name, ...rest) => { if (name === 'sha256') throw new Error('unsupported'); return real(name, ...rest); };`;
  const withoutZstd = `zlib.zstdDecompressSync = () => { throw new Error('unsupported'); };`;
  const withoutEd25519 = `crypto.createPublicKey = () => { throw new Error('unsupported'); };`;

  it.each([
    ['diff', ['old', 'new', '-o', 'patch-c'], withoutSha256, 'SHA-256'],
    ['apply', ['patch', 'old', 'out-c'], withoutZstd, 'Zstandard'],
    ['verify', ['patch', 'new'], withoutZstd, 'Zstandard'],
    ['keys', ['root', 'create', '--out', 'trust-c'], withoutEd25519, 'Ed25519'],
    ['whoami', [], withoutEd25519, 'Ed25519'],
    ['serve', ['--data', 'service-c'], withoutEd25519, 'Ed25519'],
    ['worker', ['--data', 'worker-c'], withoutEd25519, 'Ed25519'],
  ])(
    '%s refuses to run',
    async (verb, words, change, what) => {
      const before = await readdir(folder);
      const { exitCode, json } = await gantryOn(change, verb, ...words);
      expect([exitCode, json.error]).toMatchObject([6, { code: 'CRYPTO_UNFIT', details: { what } }]);
      expect(await readdir(folder)).toEqual(before);
    },
    60_000,
  );

  it('does what needs none of it', async () => {
    expect(await gantryOn(withoutEd25519, 'diff', 'old', 'new', '-o', 'patch-d')).toMatchObject({
      exitCode: 0,
    });
    expect(await gantryOn(withoutZstd, 'init')).toMatchObject({ exitCode: 0 });
  }, 60_000);
});

function at(name: string): string {
  return path.join(folder, name);
}

async function write(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await mkdir(at(name));
  for (const [file, content] of Object.entries(files)) await writeFile(path.join(at(name), file), content);
}

interface Ended {
  readonly exitCode: number | null;
  readonly json: Json;
}

async function gantry(...words: readonly string[]): Promise<Ended> {
  return await gantryOn('', ...words);
}

/** In the test's folder, on a Node of which something was taken away. */
async function gantryOn(change: string, ...words: readonly string[]): Promise<Ended> {
  const args = [...onChangedNode(change), '--no-warnings', GANTRY, ...words, '--json', '--quiet'];
  const child = spawn(process.execPath, args, { cwd: folder });
  let printed = '';
  child.stdout.on('data', (part) => {
    printed += String(part);
  });
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, json: JSON.parse(printed) as Json };
}
