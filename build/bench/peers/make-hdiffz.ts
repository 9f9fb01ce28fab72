import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fetchNpmTree } from '../pairs/npm-source.ts';
import { runTool } from '../pairs/run-tool.ts';

/** An npm package that carries the sources of HDiffPatch 3.1.1 and of its LZMA library, both under their own licences. */
const PACKAGE = { package: 'react-native-update', version: '10.40.2' };
const SOURCES = 'android/jni';
const NEXT = 'It needs gcc, g++ and the npm registry; or put hdiffz and hpatchz of HDiffPatch 4 on the PATH.';

/** What `Makefile` of HDiffPatch sets for threads and lzma2, without the compressors that need libraries of the system. */
const FLAGS = [
  '-O2',
  '-w',
  '-DNDEBUG',
  '-D_LARGEFILE_SOURCE',
  '-D_FILE_OFFSET_BITS=64',
  ...['ALL_CompressPlugin', 'DEFAULT_CompressPlugin', 'ALL_ChecksumPlugin', 'DEFAULT_ChecksumPlugin'].map(
    (name) => `-D_IS_NEED_${name}=0`,
  ),
  '-D_IS_NEED_DIR_DIFF_PATCH=1',
  '-D_ChecksumPlugin_fadler64',
  '-D_CompressPlugin_lzma',
  '-D_CompressPlugin_lzma2',
  '-D_IS_USED_MULTITHREAD=1',
  '-D_IS_USED_PTHREAD=1',
];

const LZMA = [
  'LzFind',
  'LzFindMt',
  'LzmaDec',
  'LzmaEnc',
  'Lzma2Dec',
  'Lzma2Enc',
  'MtCoder',
  'MtDec',
  'ThreadsP',
];

/**
 * Compile hdiffz and hpatchz of HDiffPatch 3.1.1, for machines that have no newer one.
 * @param folder where `hdiffz3` and `hpatchz3` are put.
 * @throws {BenchProblem} without a compiler or the registry.
 */
export async function makeHdiffz(folder: string): Promise<void> {
  const work = join(folder, 'hdiffz3-sources');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    await fetchNpmTree({ ...PACKAGE, file: SOURCES }, { folder: work, downloads: work });
    const root = join(work, SOURCES, 'HDiffPatch');
    const lzma = join(work, SOURCES, 'lzma', 'C');
    const library = [
      ...(await listSources(root, ['libHDiffPatch', 'dirDiffPatch', 'libParallel'])),
      join(root, 'file_for_patch.c'),
      join(root, 'compress_parallel.cpp'),
      ...LZMA.map((name) => join(lzma, `${name}.c`)),
    ];
    const objects: string[] = [];
    for (const source of library) objects.push(await compile(source, work, lzma));
    for (const [program, source] of [
      ['hpatchz3', 'hpatchz.c'],
      ['hdiffz3', 'hdiffz.cpp'],
    ] as const) {
      const made = join(work, program);
      const main = await compile(join(root, source), work, lzma);
      await runTool('g++', [main, ...objects, '-lpthread', '-o', made], { next: NEXT });
      await rename(made, join(folder, program));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function compile(source: string, work: string, lzma: string): Promise<string> {
  const object = join(work, `${basename(dirname(source))}-${basename(source)}.o`);
  const compiler = source.endsWith('.c') ? 'gcc' : 'g++';
  await runTool(compiler, [...FLAGS, `-I${lzma}`, '-c', source, '-o', object], { next: NEXT });
  return object;
}

async function listSources(root: string, folders: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => await readdir(join(root, folder), { recursive: true })),
  );
  return lists
    .flatMap((names, index) => names.map((name) => join(root, folders[index] ?? '', name)))
    .filter((path) => /\.(?:c|cpp)$/.test(path))
    .sort();
}
