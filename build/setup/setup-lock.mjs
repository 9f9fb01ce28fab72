import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './step.mjs';

/** Two scripts started at once must not install over each other; the second waits for the first. */
export async function withSetupLock(projectFolder, work) {
  const file = join(projectFolder, '.setup-lock');
  await acquire(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

async function acquire(file) {
  for (let waited = false; ; waited = true) {
    try {
      const descriptor = openSync(file, 'wx');
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!waited) say('Waiting for another set-up of this folder to finish …');
    if (!isHeld(file)) rmSync(file, { force: true });
    await sleep(250);
  }
}

/** A lock whose process is gone was left by a set-up that was killed. */
function isHeld(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // An empty file is one whose owner is between creating and writing it, unless it was killed there.
    if (pid === 0) return Date.now() - statSync(file).mtimeMs < 5_000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
