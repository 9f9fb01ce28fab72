import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, type Rolldown } from 'vite';

const project = fileURLToPath(new URL('../../', import.meta.url));

const SCRIPT_COMPILER = path.join(project, 'build', 'setup', 'compile-scripts.mjs');
const KERNEL_COMPILER = path.join(project, 'build', 'setup', 'compile-kernels.mjs');
const KERNELS = path.join(project, 'patcher', 'kernels', 'gen');

/** What is bundled together, into a folder of `out`. */
interface Bundle {
  /** Files of the programs, by name. */
  readonly programs: Readonly<Record<string, string>>;
  /** Files of what they start as threads, by name. */
  readonly threads: Readonly<Record<string, string>>;
  /** What Node is started with where they run: it takes code only that was compiled with the same flags of V8. */
  readonly readFlags: () => readonly string[];
  /** Whether they work for so short a time that compiling kernels is much of it. */
  readonly holdsKernels: boolean;
}

const BUNDLES: Readonly<Record<string, Bundle>> = {
  /** Verbs of `gantry` of their own. */
  publisher: {
    programs: entriesOf('backend/publisher/bundled'),
    threads: {
      ...entriesOf('patcher/delta/make', '-worker'),
      ...entriesOf('patcher/delta/apply', '-worker'),
      ...entriesOf('patcher/scan', '-worker'),
    },
    readFlags: () => [],
    holdsKernels: true,
  },
  /** The process that `gantry-player` and the launcher in a browser have for their installs. */
  patcher: {
    programs: entriesOf('patcher/process', '-entry'),
    threads: {
      ...entriesOf('patcher/delta/apply', '-worker'),
      ...entriesOf('patcher/install/staging', '-worker'),
      ...entriesOf('patcher/install/staging/writing', '-worker'),
      ...entriesOf('patcher/install/verify', '-worker'),
      ...entriesOf('patcher/scan', '-worker'),
    },
    readFlags: readPatcherFlags,
    holdsKernels: false,
  },
};

const folder = process.env['GANTRY_BUNDLE'] ?? '';
const { programs, threads, readFlags, holdsKernels } = BUNDLES[folder] as Bundle;
const outFolder = path.join(process.env['GANTRY_OUT'] ?? path.join(project, 'out'), folder);

function entriesOf(folder: string, ending = ''): Record<string, string> {
  const files = readdirSync(path.join(project, folder)).filter((file) => file.endsWith(`${ending}.ts`));
  return Object.fromEntries(files.map((file) => [file.slice(0, -3), path.join(project, folder, file)]));
}

/** As the patcher says itself. */
function readPatcherFlags(): readonly string[] {
  const print = ['--no-warnings', path.join(project, 'patcher', 'bench', 'patcher-start-child.ts')];
  const { flags } = JSON.parse(execFileSync(process.execPath, print, { encoding: 'utf8' })) as {
    readonly flags: readonly string[];
  };
  return flags;
}

/** Threads are started by file, and those are bundled beside the rest; another process is started from its source. */
const startedFiles: Plugin = {
  name: 'gantry-started-files',
  enforce: 'pre',
  transform(code, id) {
    const bundled = code.replaceAll(/new URL\('([\w-]+)\.ts', import\.meta\.url\)/g, (_, name: string) => {
      const source = path.join(path.dirname(id), `${name}.ts`);
      const place = name in threads ? `${name}.cjs` : path.relative(outFolder, source).replaceAll('\\', '/');
      return `new URL('${place}', import.meta.url)`;
    });
    return bundled === code ? null : { code: bundled, map: null };
  },
};

/** A source, and its size and time of change from before it was read. */
type Source = readonly [file: string, sizeBytes: number, modifiedMs: number];

/**
 * Compiles the scripts, and writes down last what each program was made from, for whoever starts it and
 * the set-up to see whether it still holds.
 */
function compileAndList(): Plugin {
  const read = new Map<string, Source>();
  const lockFile = path.join(project, 'package-lock.json');
  const always = [lockFile, fileURLToPath(import.meta.url), SCRIPT_COMPILER, KERNEL_COMPILER];
  const note = (file: string): void => {
    const { size, mtimeMs } = statSync(file);
    read.set(file, [path.relative(project, file).replaceAll('\\', '/'), size, mtimeMs]);
  };
  return {
    name: 'gantry-compile-and-list',
    enforce: 'pre',
    buildStart() {
      for (const file of always) note(file);
    },
    load(id) {
      if (path.isAbsolute(id) && existsSync(id)) note(id);
      return null;
    },
    writeBundle(_, bundle) {
      compileScripts();
      const modulesOf = (program: string): Set<string> =>
        listModules(program, (id) => this.getModuleInfo(id));
      const listSources = (program: string): readonly Source[] =>
        [...always, ...modulesOf(program)].flatMap((id) => {
          const source = read.get(id);
          return source !== undefined && isOurs(source) ? [source] : [];
        });
      const compiled = holdsKernels && compileKernels([...read.keys()].filter(isKernel));
      const listKernels = (program: string): readonly string[] =>
        [...modulesOf(program)]
          .filter((id) => compiled && isKernel(id))
          .map((id) => `${path.basename(id, '.ts')}.wasm`);
      const scripts = Object.values(bundle).flatMap((chunk) =>
        chunk.type === 'chunk' && chunk.isEntry && chunk.name in programs ? [chunk] : [],
      );
      const madeFrom = Object.fromEntries(
        scripts.map(({ name, fileName }) => {
          const program = programs[name] ?? '';
          return [name, { script: fileName, sources: listSources(program), kernels: listKernels(program) }];
        }),
      );
      const { size, mtimeMs } = statSync(process.execPath);
      const madeFor = [process.execPath, size, mtimeMs];
      writeFileSync(path.join(outFolder, 'programs.json'), JSON.stringify({ programs: madeFrom, madeFor }));
    },
  };
}

/** What is installed changes with the lock file. */
function isOurs([file]: Source): boolean {
  return !file.startsWith('..') && !file.startsWith('node_modules/');
}

/** All modules of a program and of the threads it starts, also those of which nothing is left but a number in another. */
function listModules(program: string, infoOf: (id: string) => Rolldown.ModuleInfo | null): Set<string> {
  const modules = new Set([program]);
  for (const id of modules) {
    const info = infoOf(id);
    if (info === null) continue;
    for (const other of [...info.importedIds, ...info.dynamicallyImportedIds]) modules.add(other);
    for (const [name, file] of Object.entries(threads))
      if (info.code?.includes(`${name}.cjs`)) modules.add(file);
  }
  return modules;
}

function compileScripts(): void {
  execFileSync(process.execPath, [...readFlags(), SCRIPT_COMPILER, outFolder]);
}

function isKernel(id: string): boolean {
  return path.dirname(id) === KERNELS;
}

/** @returns False where this Node's V8 does not store compiled kernels: `gantry` then compiles them as it goes. */
function compileKernels(modules: readonly string[]): boolean {
  const { status } = spawnSync(process.execPath, [KERNEL_COMPILER, outFolder, ...modules], {
    stdio: 'ignore',
  });
  return status === 0;
}

/**
 * CommonJS: a module of Node's that is imported rather than required loads all that its lazy exports stand for. Not
 * minified, and each module under a comment with its path, so that a stack says where it was.
 */
export default defineConfig({
  root: project,
  logLevel: 'warn',
  plugins: [startedFiles, compileAndList()],
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: true,
    target: 'node24',
    outDir: outFolder,
    emptyOutDir: true,
    minify: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: { ...programs, ...threads },
      external: [/^node:/],
      output: {
        format: 'cjs',
        entryFileNames: ({ name }) => (name in threads ? '[name].cjs' : '[name]-[hash].cjs'),
        chunkFileNames: '[name]-[hash].cjs',
      },
    },
  },
});
