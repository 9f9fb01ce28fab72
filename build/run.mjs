#!/usr/bin/env node
// Entry of every npm script. Runs on the system's Node (20 or newer) with nothing installed, brings the project's
// dependencies and its Node 24, then hands over to the task. Plain JavaScript, because Node 20 cannot strip types.
import { spawn } from 'node:child_process';
import { prepare } from './setup/prepare.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { findTask, listTasks } from './setup/tasks.mjs';

const [name = '', ...args] = process.argv.slice(2);

try {
  const task = findTask(name);
  if (task === undefined) {
    throw new SetupError(`There is no task "${name}".`, `Choose one of: ${listTasks().join(', ')}.`);
  }
  const runtime = await prepare(task.needs);
  process.exitCode = task.file === undefined ? 0 : await runTask(runtime, task.file, args);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}\n${error.next}\n`);
  process.exitCode = 1;
}

/** Hand the terminal over to the task; its exit code becomes ours, a signal reaches it first. */
function runTask(runtime, file, taskArguments) {
  const child = spawn(runtime.node, [file, ...taskArguments], { stdio: 'inherit', env: runtime.environment });
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}
