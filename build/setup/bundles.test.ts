import { execFile, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-bundles-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** What stands before a script, as Node has it, when it is compiled at set-up and when it is started. */
const WRAPPER = '(function (exports, require, module, __filename, __dirname) {';

interface MadeFrom {
  readonly programs: Readonly<
    Record<string, { readonly script: string; readonly kernels: readonly string[] }>
  >;
}

/** @returns The folder it was bundled to. */
async function bundle(name: 'publisher' | 'patcher'): Promise<string> {
  const vite = path.join(project, 'node_modules', 'vite', 'bin', 'vite.js');
  await run(process.execPath, [vite, 'build', '-c', 'build/setup/bundles.vite.config.ts'], {
    cwd: project,
    env: { ...process.env, GANTRY_OUT: path.join(folder, 'out'), GANTRY_BUNDLE: name },
  });
  return path.join(folder, 'out', name);
}

async function readPrograms(bundled: string): Promise<MadeFrom['programs']> {
  const { programs } = JSON.parse(await readFile(path.join(bundled, 'programs.json'), 'utf8')) as MadeFrom;
  return programs;
}

/** @returns The scripts, and those of them whose compiled code Node does not take with these flags. */
async function findRejected(bundled: string, flags: readonly string[]) {
  const look = `
    const { readdirSync, readFileSync } = require('node:fs');
    const isTaken = (file) => {
      const code = '${WRAPPER}' + readFileSync(file, 'utf8') + '\\n})';
      const cachedData = readFileSync(file + '.compiled');
      return !new (require('node:vm').Script)(code, { filename: file, cachedData }).cachedDataRejected;
    };
    const scripts = readdirSync('.').filter((file) => file.endsWith('.cjs'));
    console.log(JSON.stringify({ scripts, rejected: scripts.filter((file) => !isTaken(file)) }));`;
  const { stdout } = await run(process.execPath, [...flags, '--eval', look], { cwd: bundled });
  return JSON.parse(stdout) as { scripts: readonly string[]; rejected: readonly string[] };
}

/** @returns What threads are started from, in any script. */
async function findStarted(bundled: string): Promise<string[]> {
  const scripts = (await readdir(bundled)).filter((file) => file.endsWith('.cjs'));
  const codes = await Promise.all(scripts.map((script) => readFile(path.join(bundled, script), 'utf8')));
  const starts = codes.flatMap((code) => [...code.matchAll(/new URL\("([^"]+\.(?:cjs|ts))", require/g)]);
  return starts.map(([, file]) => file ?? '');
}

describe('what is bundled of gantry', () => {
  let bundled: string;
  let scriptOf: (verb: string) => string;
  let kernelsOf: (verb: string) => readonly string[];
  beforeAll(async () => {
    bundled = await bundle('publisher');
    const programs = await readPrograms(bundled);
    scriptOf = (verb) => path.join(bundled, programs[verb]?.script ?? '');
    kernelsOf = (verb) => programs[verb]?.kernels ?? [];
    for (const [build, text] of [
      ['old', 'one way '],
      ['new', 'another way '],
    ] as const) {
      await mkdir(path.join(folder, build));
      await writeFile(path.join(folder, build, 'data'), text.repeat(5000));
    }
  });

  const start = (script: string, ...words: string[]) =>
    run(process.execPath, [script, ...words], { cwd: folder });

  test('makes, applies and verifies the patch that the sources make', async () => {
    const sources = path.join(project, 'backend', 'publisher', 'gantry.ts');
    await start(sources, 'diff', 'old', 'new', '-o', 'of-sources');
    await start(scriptOf('diff'), 'diff', 'old', 'new', '-o', 'of-bundle');
    expect(await readFile(path.join(folder, 'of-bundle'))).toEqual(
      await readFile(path.join(folder, 'of-sources')),
    );
    await start(scriptOf('apply'), 'apply', 'of-bundle', 'old', 'made');
    expect(await readFile(path.join(folder, 'made', 'data'))).toEqual(
      await readFile(path.join(folder, 'new', 'data')),
    );
    const { stdout } = await start(scriptOf('verify'), 'verify', 'of-bundle', 'made', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, files: 1 });
  });

  test("has compiled code beside each script that is taken for the script's", async () => {
    const { scripts, rejected } = await findRejected(bundled, []);
    expect(scripts.length).toBeGreaterThan(3);
    expect(rejected).toEqual([]);
  });

  test('has kernels beside it whose machine code V8 takes, and each verb lists those it has', async () => {
    const look = `
      const { setFlagsFromString } = require('node:v8');
      setFlagsFromString('--allow-natives-syntax');
      const deserialize = new Function('code', 'bytes', 'return %DeserializeWasmModule(code, bytes)');
      setFlagsFromString('--no-allow-natives-syntax');
      const { readdirSync, readFileSync } = require('node:fs');
      const read = (file) => new Uint8Array(readFileSync(file));
      const kernels = readdirSync('.').filter((file) => file.endsWith('.wasm'));
      const isTaken = (file) => deserialize(read(file + '.compiled').buffer, read(file)) !== undefined;
      console.log(JSON.stringify(kernels.filter(isTaken)));`;
    const { stdout } = await run(process.execPath, ['--eval', look], { cwd: bundled });
    const taken = JSON.parse(stdout) as readonly string[];
    expect(taken).toEqual(expect.arrayContaining([...kernelsOf('diff')]));
    expect(kernelsOf('diff')).toEqual(expect.arrayContaining(['differences.wasm', 'match.wasm']));
    expect(kernelsOf('apply')).toContain('differences.wasm');
    expect(kernelsOf('apply')).not.toContain('match.wasm');
  });

  test('ends with the exit codes of the sources', async () => {
    await expect(start(scriptOf('diff'), 'diff', 'old')).rejects.toMatchObject({ code: 2 });
  });

  test('has every file that a thread or process is started from, and names functions as the sources do', async () => {
    const started = await findStarted(bundled);
    expect(started).toContain('delta-worker.cjs');
    expect(started).toContain('decode-worker.cjs');
    for (const file of started) expect(existsSync(path.join(bundled, file)), file).toBe(true);
    const diff = await readFile(scriptOf('diff'), 'utf8');
    expect(diff).toContain('// patcher/delta/make/make-patch.ts');
    expect(diff).toContain('function makeKnownPatch(');
  });
});

describe('what is bundled of the patcher', () => {
  let bundled: string;
  let flags: readonly string[];
  beforeAll(async () => {
    bundled = await bundle('patcher');
    const print = path.join(project, 'patcher', 'bench', 'patcher-start-child.ts');
    const { stdout } = await run(process.execPath, [print]);
    flags = (JSON.parse(stdout) as { readonly flags: readonly string[] }).flags;
  });

  test('answers a job', async () => {
    const script = (await readPrograms(bundled))['patcher-entry']?.script ?? '';
    const patcher = fork(path.join(bundled, script), {
      serialization: 'advanced',
      execArgv: [...flags],
    });
    try {
      const answered = new Promise((resolve) => {
        patcher.on('message', (message: { kind: string }) => message.kind !== 'ready' && resolve(message));
      });
      patcher.send({ kind: 'start', jobId: 7, job: { verb: 'recover', root: path.join(folder, 'nothing') } });
      expect(await answered).toMatchObject({ kind: 'done', jobId: 7 });
    } finally {
      patcher.kill('SIGKILL');
    }
  });

  test('has compiled code beside each script that is taken with the flags it runs with', async () => {
    const { scripts, rejected } = await findRejected(bundled, flags);
    expect(scripts.length).toBeGreaterThan(3);
    expect(rejected).toEqual([]);
  });

  test('has every file that a thread is started from', async () => {
    const started = await findStarted(bundled);
    expect(started).toContain('writer-worker.cjs');
    expect(started).toContain('stage-worker.cjs');
    expect(started).toContain('hash-worker.cjs');
    for (const file of started) expect(existsSync(path.join(bundled, file)), file).toBe(true);
  });
});

describe('gantry', () => {
  const gantry = () => path.join(folder, 'clone', 'backend', 'publisher', 'gantry.mjs');
  const source = () => path.join(folder, 'clone', 'source.ts');
  const startVerb = async (verb: string) => (await run(process.execPath, [gantry(), verb])).stdout;

  const compile = (code: string, file: string) =>
    run(process.execPath, [
      '--eval',
      `const script = new (require('node:vm').Script)(${JSON.stringify(`${WRAPPER}${code}\n})`)});
       require('node:fs').writeFileSync(${JSON.stringify(file)}, script.createCachedData());`,
    ]);

  /** Write down that the bundle of `diff` was made from the source as it is, and by which Node. */
  const list = async ({ kernels, sizeBytes }: { kernels: readonly string[]; sizeBytes?: number }) => {
    const { size, mtimeMs } = await stat(process.execPath);
    const programs = { diff: { script: 'diff.cjs', sources: [['source.ts', 6, 1_000_000]], kernels } };
    const madeFor = [process.execPath, sizeBytes ?? size, mtimeMs];
    const file = path.join(folder, 'clone', 'out', 'publisher', 'programs.json');
    await writeFile(file, JSON.stringify({ programs, madeFor }));
  };

  /** A clone of the project of which only what is started is there, and it says its name. */
  beforeAll(async () => {
    await mkdir(path.dirname(gantry()), { recursive: true });
    await mkdir(path.join(folder, 'clone', 'patcher', 'process'), { recursive: true });
    for (const file of ['backend/publisher/gantry.mjs', 'patcher/process/bundles.mjs'])
      await copyFile(path.join(project, file), path.join(folder, 'clone', file));
    await writeFile(path.join(path.dirname(gantry()), 'gantry.ts'), "console.log('sources' as string);");
    await writeFile(source(), 'source');
    await utimes(source(), 1000, 1000);
  });

  test('runs the sources where nothing was bundled', async () => {
    expect(await startVerb('diff')).toBe('sources\n');
  });

  test('runs the bundle of a verb that has one', async () => {
    const out = path.join(folder, 'clone', 'out', 'publisher');
    await mkdir(out, { recursive: true });
    await writeFile(path.join(out, 'diff.cjs'), "console.log('bundle');");
    await compile("console.log('bundle');", path.join(out, 'diff.cjs.compiled'));
    await list({ kernels: [] });
    expect(await startVerb('diff')).toBe('bundle\n');
    expect(await startVerb('push')).toBe('sources\n');
  });

  test('runs the code that was compiled at set-up', async () => {
    const compiled = path.join(folder, 'clone', 'out', 'publisher', 'diff.cjs.compiled');
    await compile("console.log('stored');", compiled);
    expect(await startVerb('diff')).toBe('stored\n');
  });

  test('begins with kernels as they were compiled at set-up, and not where another Node did it', async () => {
    const out = path.join(folder, 'clone', 'out', 'publisher');
    // A module with one function, which does nothing.
    const wasm = Buffer.from('0061736d0100000001040160000003020100070501016600000a040102000b', 'hex');
    await writeFile(
      path.join(folder, 'kernel.ts'),
      `export const wasmBase64 =\n  '${wasm.toString('base64')}';\n`,
    );
    await run(process.execPath, [
      path.join(project, 'build', 'setup', 'compile-kernels.mjs'),
      out,
      path.join(folder, 'kernel.ts'),
    ]);
    const code = `
      require('node:v8').setFlagsFromString('--allow-natives-syntax');
      const isOptimized = new Function('f', 'return %IsTurboFanFunction(f)');
      const kernel = new WebAssembly.Module(Buffer.from('${wasm.toString('hex')}', 'hex'));
      console.log(isOptimized(new WebAssembly.Instance(kernel).exports.f));`;
    await writeFile(path.join(out, 'diff.cjs'), code);
    await compile(code, path.join(out, 'diff.cjs.compiled'));
    await list({ kernels: ['kernel.wasm'] });
    expect(await startVerb('diff')).toBe('true\n');
    await list({ kernels: ['kernel.wasm'], sizeBytes: 1 });
    expect(await startVerb('diff')).toBe('false\n');
  });

  test.each([
    ['was written again', () => utimes(source(), 2000, 2000)],
    [
      'has another size',
      async () => {
        await writeFile(source(), 'changed');
        await utimes(source(), 1000, 1000);
      },
    ],
    ['is gone', () => rm(source())],
  ])('runs the sources when one of them %s', async (_, change) => {
    await change();
    expect(await startVerb('diff')).toBe('sources\n');
  });

  test('runs the sources where the set-up was stopped while it wrote down what they are', async () => {
    await writeFile(path.join(folder, 'clone', 'out', 'publisher', 'programs.json'), '{"programs":{"di');
    expect(await startVerb('diff')).toBe('sources\n');
  });
});

test('a set-up bundles anew where one before it was stopped while it wrote', async () => {
  const clone = path.join(folder, 'stopped');
  const vite = path.join(clone, 'node_modules', 'vite', 'bin');
  const lists = ['publisher', 'patcher'].map((name) => path.join(clone, 'out', name, 'programs.json'));
  await mkdir(vite, { recursive: true });
  for (const list of lists) {
    await mkdir(path.dirname(list), { recursive: true });
    await writeFile(list, '{"programs":{"di');
  }
  const bundling = `require('node:fs').writeFileSync(
    'out/' + process.env.GANTRY_BUNDLE + '/programs.json', '{"programs":{}}');`;
  await writeFile(path.join(vite, 'vite.js'), bundling);
  const setUp = `
    import { buildBundles } from '${new URL('bundles.mjs', import.meta.url)}';
    await buildBundles({ projectFolder: process.cwd(), node: process.execPath, environment: process.env });`;
  await run(process.execPath, ['--input-type=module', '--eval', setUp], { cwd: clone });
  for (const list of lists) expect(JSON.parse(await readFile(list, 'utf8'))).toEqual({ programs: {} });
});
