import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { compileFunction } from 'node:vm';

/**
 * `node compile-kernels.mjs FOLDER MODULE…`: write the WebAssembly of each module of `patcher/kernels/gen` into the folder, as
 * NAME.wasm, and beside it the machine code that V8's optimising compiler makes of it, for `gantry` to begin with
 * (`loadKernels` in patcher/process/bundles.mjs). Node has no interface for that; V8 has one for its own tests. A process of its
 * own, because a V8 that does not do as asked ends it.
 */
const [folder, ...modules] = process.argv.slice(2);

setFlagsFromString('--allow-natives-syntax');
const serialize = compileFunction('return %SerializeWasmModule(module)', ['module']);
setFlagsFromString('--no-allow-natives-syntax');

for (const module of modules) {
  const bytes = Buffer.from(/'([A-Za-z0-9+/=]+)'/.exec(readFileSync(module, 'utf8'))[1], 'base64');
  const file = join(folder, `${basename(module, '.ts')}.wasm`);
  writeFileSync(file, bytes);
  writeFileSync(`${file}.compiled`, new Uint8Array(serialize(compileAtOnce(bytes))));
}

/** All functions, and each by the optimising compiler. The flags are V8's own again before the code is stored: it is of them. */
function compileAtOnce(bytes) {
  setFlagsFromString('--no-liftoff');
  setFlagsFromString('--no-wasm-lazy-compilation');
  const module = new WebAssembly.Module(bytes);
  setFlagsFromString('--wasm-lazy-compilation');
  setFlagsFromString('--liftoff');
  return module;
}
