// Programs that were bundled at set-up (build/setup/bundles.mjs): each script lies in out/<folder> with its compiled code beside
// it. Plain JavaScript, because it runs before anything is compiled; Node's own modules are asked for like this because
// importing one loads all that its lazy exports stand for.
const { createRequire } = process.getBuiltinModule('module');
const { readFileSync, statSync } = process.getBuiltinModule('fs');
const { fileURLToPath } = process.getBuiltinModule('url');
const { Script } = process.getBuiltinModule('vm');

const project = fileURLToPath(new URL('../../', import.meta.url));

/** Held to the end: see {@link loadKernels}. */
const kernels = [];

/**
 * Run a program from its bundle.
 * @param folder Name of the folder it was bundled to, with others that share its code.
 * @returns False, with nothing done, where there is no bundle, or a source has changed since: then the sources run as they are.
 */
export function runBundle(folder, program) {
  const place = `${project}out/${folder}/`;
  const bundle = findBundle(place, program);
  if (bundle === undefined) return false;
  kernels.push(...loadKernels(place, bundle.kernels));
  runScript(place, bundle.script);
  return true;
}

/** The script that is a program alone, if it was made from the sources as they are, and its kernels, if they were made by this Node. */
function findBundle(place, program) {
  const { programs, madeFor } = readMadeFrom(`${place}programs.json`);
  if (!Object.hasOwn(programs, program)) return undefined;
  const { script, sources, kernels: made } = programs[program];
  if (!sources.every(([file, ...then]) => isSame(project + file, then))) return undefined;
  if (made.length === 0) return { script, kernels: [] };
  const [node, ...then] = madeFor;
  return { script, kernels: node === process.execPath && isSame(node, then) ? made : [] };
}

function isSame(file, [sizeBytes, modifiedMs]) {
  const now = statSync(file, { throwIfNoEntry: false });
  return now?.size === sizeBytes && now.mtimeMs === modifiedMs;
}

/** What the set-up wrote beside the bundles; nothing where there is none, or the set-up was stopped while it wrote. */
function readMadeFrom(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return { programs: {} };
    throw error;
  }
}

/**
 * Kernels as machine code that V8's optimising compiler made of them at set-up. As long as these modules are held, V8 takes their code for
 * every module of the same bytes, on any thread; else a verb of a tenth of a second takes a fifth of it for compiling them, and begins
 * with code that is half as fast. V8 has this for its own tests only, and Node not at all: so it is asked of the very Node that it
 * worked with. It takes no code of another version, other flags or another processor.
 */
function loadKernels(place, names) {
  if (names.length === 0) return [];
  const { setFlagsFromString } = process.getBuiltinModule('v8');
  setFlagsFromString('--allow-natives-syntax');
  // V8 reads its own calls only in code that is compiled while the flag is set; what stands in brackets is compiled at once.
  const deserialize = new Script('((code, bytes) => %DeserializeWasmModule(code, bytes))').runInThisContext();
  setFlagsFromString('--no-allow-natives-syntax');
  const read = (file) => new Uint8Array(readFileSync(place + file));
  return names.map((name) => deserialize(read(`${name}.compiled`).buffer, read(name)));
}

/**
 * Run a script and those it requires, as Node does, but from code that was compiled at set-up: Node's own cache holds no
 * function that a module does not call while it is loaded. Of the script V8 only looks at the length to see whether the code
 * is of it: their names hold a hash.
 */
function runScript(place, entry) {
  const requireOfNode = createRequire(place);
  const loaded = new Map();
  const requireScript = (name) => {
    if (!name.startsWith('./')) return requireOfNode(name);
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const file = place + name.slice('./'.length);
    const code = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
    const script = new Script(code, { filename: file, cachedData: readFileSync(`${file}.compiled`) });
    script.runInThisContext()(module.exports, requireScript, module, file, place);
    return module.exports;
  };
  requireScript(`./${entry}`);
}
