import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { runStep, say } from './step.mjs';

/**
 * Compile bsdiff-node for the Node that runs the project. It is the publisher side's second opinion only, so a machine
 * without a C++ compiler goes on without it, and is told so.
 */
export async function buildNative({ projectFolder, node, environment }) {
  const folder = join(projectFolder, 'node_modules', 'bsdiff-node');
  if (!existsSync(folder) || loads(node, folder)) return;
  const gyp = findNodeGyp();
  if (gyp === undefined) return sayUnavailable('npm brings no node-gyp here');
  const headers = findHeaders(node);
  const { ok, output } = await runStep({
    title: 'Compiling bsdiff-node',
    command: node,
    args: [gyp, 'rebuild', ...(headers === undefined ? [] : [`--nodedir=${headers}`])],
    cwd: folder,
    environment: withoutForeignHeaders(environment),
  });
  if (!ok) sayUnavailable(lastLine(output));
}

function loads(node, folder) {
  return spawnSync(node, ['-e', `require(${JSON.stringify(folder)})`], { stdio: 'ignore' }).status === 0;
}

/** npm ships node-gyp and names it to the scripts it runs. */
function findNodeGyp() {
  const named = process.env.npm_config_node_gyp;
  if (named !== undefined && existsSync(named)) return named;
  const beside = resolve(
    dirname(process.execPath),
    '../lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js',
  );
  if (existsSync(beside)) return beside;
  try {
    return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The C headers beside the runtime; without them node-gyp would have to download some. */
function findHeaders(node) {
  const root = resolve(dirname(node), '..');
  const versionFile = join(root, 'include', 'node', 'node_version.h');
  if (!existsSync(versionFile)) return undefined;
  const major = spawnSync(node, ['-p', 'process.versions.modules'], { encoding: 'utf8' }).stdout.trim();
  return readFileSync(versionFile, 'utf8').includes(`NODE_MODULE_VERSION ${major}`) ? root : undefined;
}

/** A machine's own `nodedir` points at its system Node's headers, which are of another major. */
function withoutForeignHeaders(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^npm_config_nodedir$/i.test(name)),
  );
}

function sayUnavailable(reason) {
  say(`  bsdiff-node could not be compiled (${reason}); patches are made without its second opinion.`);
}

function lastLine(output) {
  return (
    output
      .trim()
      .split('\n')
      .findLast((line) => /error/i.test(line)) ?? 'see node-gyp'
  );
}
