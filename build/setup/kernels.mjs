import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';
import { runStep } from './step.mjs';

/**
 * Compile the patcher's kernels from AssemblyScript, each unless it was built from these very sources:
 * `patcher/kernels/NAME/assembly/index.ts`, which may import from `patcher/kernels/assembly`, becomes the module `patcher/kernels/gen/NAME.ts`, which holds the
 * WebAssembly as text, so that bundles and worker threads need no file beside them. `asconfig.json` beside
 * `assembly` adds options.
 */
export async function buildKernels({ projectFolder, node, environment }) {
  const kernels = join(projectFolder, 'patcher', 'kernels');
  const gen = join(kernels, 'gen');
  mkdirSync(gen, { recursive: true });
  const names = readdirSync(kernels, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(kernels, entry.name, 'assembly', 'index.ts')))
    .map((entry) => entry.name)
    .sort();
  for (const name of names) {
    await buildKernel({ name, kernels, gen, projectFolder, node, environment });
  }
}

const OPTIONS = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];

async function buildKernel({ name, kernels, gen, projectFolder, node, environment }) {
  const folder = join(kernels, name);
  const source = join(folder, 'assembly', 'index.ts');
  const outFile = join(gen, `${name}.ts`);
  const stamp = `// Built from ${hashSources(projectFolder, [join(kernels, 'assembly'), folder])}`;
  if (existsSync(outFile) && readFileSync(outFile, 'utf8').startsWith(stamp)) return;
  const wasmFile = join(gen, `${name}.${process.pid}.wasm`);
  const config = join(folder, 'asconfig.json');
  const { ok, output } = await runStep({
    title: `Compiling the kernel "${name}"`,
    command: node,
    args: [
      join('node_modules', 'assemblyscript', 'bin', 'asc.js'),
      source,
      '--outFile',
      wasmFile,
      ...OPTIONS,
      ...(existsSync(config) ? ['--config', config] : []),
    ],
    cwd: projectFolder,
    environment,
  });
  if (!ok) throw new SetupError(`A kernel could not be compiled:\n${output.trim()}`, 'Mend the error above.');
  const text = readFileSync(wasmFile).toString('base64');
  rmSync(wasmFile);
  writeFileSync(outFile, `${stamp}\nexport const wasmBase64 =\n  '${text}';\n`);
}

/** A changed compiler compiles anew, too. */
function hashSources(projectFolder, folders) {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(projectFolder, 'node_modules', 'assemblyscript', 'package.json')));
  const files = folders.flatMap(listSources).sort();
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** Only what the compiler reads: tests and wrappers lie beside a kernel, too. */
function listSources(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && (/assembly/.test(entry.parentPath) || entry.name === 'asconfig.json'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}
