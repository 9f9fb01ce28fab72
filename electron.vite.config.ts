import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import renderer from './renderer/vite.config.ts';

const project = (place: string) => fileURLToPath(new URL(place, import.meta.url));

/**
 * Threads and processes are started by file: `new URL('hash-worker.ts', import.meta.url)`. From source Node runs that
 * file as it is; in the bundle each is an entry of its own beside the others, with the ending `.js`.
 */
const startedFiles: Plugin = {
  name: 'gantry-started-files',
  enforce: 'pre',
  transform(code) {
    const bundled = code.replaceAll(
      /new URL\('([\w-]+)\.ts', import\.meta\.url\)/g,
      "new URL('$1.js', import.meta.url)",
    );
    return bundled === code ? null : { code: bundled, map: null };
  },
};

function readTrustRoot(): string {
  const file = process.env['GANTRY_TRUST_ROOT'];
  return file ? readFileSync(file, 'utf8') : '';
}

/** Where the bundle goes; a packaging check gives a folder of its own. */
const outFolder = path.resolve(process.env['GANTRY_OUT'] ?? project('out'));

const mainEntries = {
  index: project('main/hosts/electron/index.ts'),
  'patcher-utility': project('main/hosts/electron/patcher-utility.ts'),
  'hash-worker': project('patcher/install/verify/hash-worker.ts'),
  'scan-worker': project('patcher/scan/scan-worker.ts'),
  'writer-worker': project('patcher/install/staging/writing/writer-worker.ts'),
  'stage-worker': project('patcher/install/staging/stage-worker.ts'),
};

export default defineConfig({
  main: {
    plugins: [startedFiles],
    define: {
      // The maker's public keys, base64, separated by commas. A build without them never updates itself.
      __GANTRY_RELEASE_KEYS__: JSON.stringify(process.env['GANTRY_RELEASE_KEYS'] ?? ''),
      // The root of trust of the service it is for. A build without it goes to services of its own machine only.
      __GANTRY_TRUST_ROOT__: JSON.stringify(readTrustRoot()),
    },
    build: {
      outDir: path.join(outFolder, 'main'),
      // Everything the launcher uses is bundled but Electron itself, so that the archive holds no node_modules.
      externalizeDeps: false,
      rollupOptions: {
        input: mainEntries,
        external: ['electron', /^node:/],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: path.join(outFolder, 'preload'),
      externalizeDeps: false,
      rollupOptions: {
        input: project('preload/index.ts'),
        external: ['electron'],
        // A sandboxed preload has no module loader: one file, CommonJS.
        output: { format: 'cjs', entryFileNames: 'index.cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    ...renderer,
    root: project('renderer'),
    build: {
      ...('build' in renderer ? renderer.build : {}),
      outDir: path.join(outFolder, 'renderer'),
      rollupOptions: { input: project('renderer/index.html') },
    },
  },
});
