import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { extractFile, listPackage } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFuses, writeStandIn } from './stand-in-electron.ts';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let version: string;

/** Electron's own order: run_as_node, cookie_encryption, node_options, inspect, asar_integrity, only_asar, snapshot, file_privileges, wasm_trap. */
const FUSES_WANTED = '010011001';

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-package-'));
  const app = path.join(folder, 'app');
  await mkdir(app);
  await runTool('electron-vite/bin/electron-vite.js', ['build'], { GANTRY_OUT: path.join(app, 'out') });
  const manifest = JSON.parse(await readFile(path.join(project, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  // Everything is bundled: what the packed app's package.json still names are its name, version and entry.
  const { name, productName, version: own, description, license, type, main } = manifest;
  const packed = {
    name,
    productName,
    version: own,
    description,
    license,
    type,
    main,
    author: 'Gantry contributors',
  };
  await writeFile(path.join(app, 'package.json'), JSON.stringify(packed));
  await cp(path.join(project, 'electron-builder.yml'), path.join(app, 'electron-builder.yml'));
  const electron = await readFile(path.join(project, 'node_modules', 'electron', 'package.json'), 'utf8');
  version = (JSON.parse(electron) as { version: string }).version;
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

async function runTool(
  tool: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<void> {
  await run(process.execPath, [path.join(project, 'node_modules', tool), ...args], {
    cwd: project,
    env: { ...process.env, ...environment, NODE_ENV: 'production' },
    maxBuffer: 16 * 1024 * 1024,
  });
}

async function pack(platform: 'linux' | 'win32') {
  const dist = path.join(folder, `electron-${platform}`);
  const output = path.join(folder, `packed-${platform}`);
  await writeStandIn({ folder: dist, platform, version });
  await runTool('electron-builder/cli.js', [
    platform === 'linux' ? '--linux' : '--win',
    'dir',
    '--x64',
    '--publish=never',
    `--projectDir=${path.join(folder, 'app')}`,
    `--config.electronDist=${dist}`,
    `--config.electronVersion=${version}`,
    `--config.directories.output=${output}`,
  ]);
  const root = path.join(output, platform === 'linux' ? 'linux-unpacked' : 'win-unpacked');
  const program = await readFile(path.join(root, platform === 'linux' ? 'gantry' : 'Gantry.exe'));
  return { root, program, archive: path.join(root, 'resources', 'app.asar') };
}

describe.each(['linux', 'win32'] as const)('the packed app for %s', (platform) => {
  let packed: Awaited<ReturnType<typeof pack>>;
  beforeAll(async () => {
    packed = await pack(platform);
  }, 120_000);

  test('has every fuse as wanted', () => {
    expect(readFuses(packed.program)).toBe(FUSES_WANTED);
  });

  test('holds the bundle and nothing else: no sources, no modules, no maps', () => {
    const files = listPackage(packed.archive, { isPack: false }).map((file) => file.replaceAll('\\', '/'));
    for (const wanted of [
      '/out/main/index.js',
      '/out/main/patcher-utility.js',
      '/out/main/hash-worker.js',
      '/out/preload/index.cjs',
      '/out/renderer/index.html',
      '/package.json',
    ]) {
      expect(files).toContain(wanted);
    }
    expect(
      files.filter((file) => /node_modules|\.ts$|\.map$|\.env|\.pem$|\.key$|testing/.test(file)),
    ).toEqual([]);
    expect(files.filter((file) => !/^\/(?:out(?:\/|$)|package\.json$)/.test(file))).toEqual([]);
  });

  test('every file that a thread or process starts from is there', () => {
    const read = (file: string) => extractFile(packed.archive, file).toString('utf8');
    const scripts = listPackage(packed.archive, { isPack: false })
      .map((file) => file.replaceAll('\\', '/').slice(1))
      .filter((file) => /^out\/main\/[^/]+\.js$/.test(file));
    const started = scripts.flatMap((file) => [
      ...read(file).matchAll(/new URL\("([\w-]+\.(?:js|ts))", import\.meta\.url\)/g),
    ]);
    const names = new Set(started.map(([, name]) => name));
    expect(names).toContain('hash-worker.js');
    for (const name of names) {
      // The client's own default entry is never started inside Electron, which gives the utility process instead.
      if (name === 'patcher-entry.js') continue;
      expect(scripts).toContain(`out/main/${name}`);
    }
  });

  test('holds no secret: no private key, credential or machine’s path', () => {
    const files = listPackage(packed.archive, { isPack: false }).map((file) =>
      file.replaceAll('\\', '/').slice(1),
    );
    const texts = files.filter((file) => /\.(?:js|cjs|json|html|css)$/.test(file));
    expect(texts.length).toBeGreaterThan(5);
    for (const file of texts) {
      const text = extractFile(packed.archive, file).toString('utf8');
      expect(text, file).not.toMatch(/-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{16}/);
      expect(text, file).not.toMatch(
        /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bghp_\w{36}\b|\baws_secret_access_key\s*=/i,
      );
      expect(text, file).not.toMatch(/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/);
      expect(findRandomText(text), file).toEqual([]);
      expect(text, file).not.toContain(project);
      expect(text, file).not.toContain(os.homedir().length > 5 ? os.homedir() : '\u0000');
    }
  });

  // For Windows electron-builder writes it with the installer, which a `dir` build has not.
  if (platform === 'linux')
    test('names its update feed, with single ranges only', async () => {
      const feed = await readFile(path.join(packed.root, 'resources', 'app-update.yml'), 'utf8');
      expect(feed).toMatch(/^provider: generic$/m);
      expect(feed).toMatch(/^url: https:\/\//m);
      expect(feed).toMatch(/^useMultipleRangeRequest: false$/m);
    });
});

/** Written strings as random as a key would be: no word, path, digest or alphabet is. */
function findRandomText(text: string): string[] {
  const written = [...text.matchAll(/["'`]([A-Za-z0-9+/=_-]{32,88})["'`]/g)].map(([, string = '']) => string);
  const isMixed = (string: string) => [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(string));
  const isAlphabet = (string: string) => new Set(string).size === string.length;
  return written.filter((string) => isMixed(string) && !isAlphabet(string) && entropyOf(string) > 4.6);
}

/** In bits a character. */
function entropyOf(text: string): number {
  const counts = Array.from(text).reduce(
    (all, each) => all.set(each, (all.get(each) ?? 0) + 1),
    new Map<string, number>(),
  );
  return -[...counts.values()].reduce(
    (sum, count) => sum + (count / text.length) * Math.log2(count / text.length),
    0,
  );
}

test('the search for secrets knows a key when it sees one', () => {
  expect(findRandomText('const key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";')).toHaveLength(1);
  expect(
    findRandomText('"https://example.com/a", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9c"'),
  ).toEqual([]);
});
