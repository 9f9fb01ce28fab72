import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/**
 * `node compile-scripts.mjs FOLDER`: write the compiled code of each script in the folder beside it, with all its functions. V8
 * compiles a function when it is first called, and else would at every start: of a verb that works for a tenth of a second it is
 * a tenth. A process of its own, started with the flags of those that run them: to V8 others' code is none.
 */
const [folder] = process.argv.slice(2);

for (const name of readdirSync(folder)) {
  if (name.endsWith('.cjs')) compileScript(join(folder, name));
}

function compileScript(file) {
  setFlagsFromString('--no-lazy');
  // As it is run (patcher/process/bundles.mjs); the line break may end a comment.
  const code = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
  const script = new Script(code, { filename: file });
  setFlagsFromString('--lazy');
  writeFileSync(`${file}.compiled`, script.createCachedData());
}
