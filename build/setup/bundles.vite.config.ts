import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const project = fileURLToPath(new URL('../../', import.meta.url));
const outFolder = path.join(process.env['GANTRY_OUT'] ?? path.join(project, 'out'), 'publisher');

/** Verbs of their own, by file name. */
const programs = entriesOf('backend/publisher/bundled');
/** What they start as threads, by file name. */
const threads = {
  ...entriesOf('patcher/delta/make', '-worker'),
  ...entriesOf('patcher/delta/apply', '-worker'),
  ...entriesOf('patcher/scan', '-worker'),
};

function entriesOf(folder: string, ending = ''): Record<string, string> {
  const files = readdirSync(path.join(project, folder)).filter((file) => file.endsWith(`${ending}.ts`));
  return Object.fromEntries(files.map((file) => [file.slice(0, -3), path.join(project, folder, file)]));
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

/** Writes down what the bundle was made from, for `gantry` and the set-up to see whether it still holds. */
function listSources(): Plugin {
  const sources = new Map<string, Source>();
  const add = (file: string): void => {
    const place = path.relative(project, file).replaceAll('\\', '/');
    // What is installed changes with the lock file.
    if (place.startsWith('..') || place.startsWith('node_modules/')) return;
    const { size, mtimeMs } = statSync(file);
    sources.set(place, [place, size, mtimeMs]);
  };
  return {
    name: 'gantry-list-sources',
    enforce: 'pre',
    buildStart() {
      add(path.join(project, 'package-lock.json'));
      add(fileURLToPath(import.meta.url));
    },
    load(id) {
      if (path.isAbsolute(id)) add(id);
      return null;
    },
    generateBundle() {
      const madeFrom = { programs: Object.keys(programs), sources: [...sources.values()] };
      this.emitFile({ type: 'asset', fileName: 'made-from.json', source: JSON.stringify(madeFrom) });
    },
  };
}

/**
 * CommonJS: a module of Node's that is imported rather than required loads all that its lazy exports stand for. Not
 * minified, and each module under a comment with its path, so that a stack says where it was.
 */
export default defineConfig({
  root: project,
  logLevel: 'warn',
  plugins: [startedFiles, listSources()],
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: true,
    ssrEmitAssets: true,
    target: 'node24',
    outDir: outFolder,
    emptyOutDir: true,
    minify: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: { ...programs, ...threads },
      external: [/^node:/],
      output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
    },
  },
});
