import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { evolveFakeBuild, makeFakeBuild } from '../testing/trees/tree-builder.ts';
import { PatchFixture } from './testing/patch-fixture.ts';

const CHILD = fileURLToPath(new URL('./testing/apply-child.ts', import.meta.url));
const ROUNDS = 8;
const KILLS = 6;
/** Node and the modules take about half a second; the rest is applying. */
const DELAY_MS = { least: 300, most: 2500 };

it('applying that is killed at any moment goes on to the right tree', async () => {
  await using fixture = await PatchFixture.open();
  const build = makeFakeBuild({ seed: 61, packBytes: 20_000_000 });
  const old = await fixture.write(build);
  const next = await fixture.write(evolveFakeBuild(build, 62));
  const { bytes } = await fixture.make(old, next, { effort: 'max', segmentBytes: 500_000 });
  const patch = fixture.fresh('patch-file');
  await writeFile(patch, bytes);
  const random = new SeededRandom(63);
  let killed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const out = fixture.fresh('out');
    let isDone = false;
    for (let kill = 0; kill < KILLS && !isDone; kill++) {
      const delayMs = DELAY_MS.least + random.below(DELAY_MS.most - DELAY_MS.least);
      isDone = await run([patch, old.root, out], delayMs);
      if (isDone) break;
      killed++;
      // Killed behind its last step: the next run would refuse a folder that is complete.
      isDone = (await compareTrees(next.root, out)).length === 0;
    }
    expect(isDone || (await run([patch, old.root, out]))).toBe(true);
    expect(await compareTrees(next.root, out)).toEqual([]);
  }
  expect(killed).toBeGreaterThan(ROUNDS);
}, 600_000);

/** @returns Whether it came to its end before it was killed. */
async function run(args: readonly string[], killAfterMs?: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--no-warnings', CHILD, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part) => {
    said += String(part);
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const clock = new AbortController();
  if (killAfterMs !== undefined) {
    void wait(killAfterMs, undefined, { signal: clock.signal }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
  }
  const exitCode = await ended;
  clock.abort();
  if (exitCode !== null) expect({ exitCode, said }).toEqual({ exitCode: 0, said: '' });
  return exitCode === 0;
}
