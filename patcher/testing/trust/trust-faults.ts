import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { testTarget } from './trust-repository.ts';
import { runTrustStep, TRUST_STEPS, type TrustStep } from './trust-steps.ts';

const CHILD = fileURLToPath(new URL('trust-child.ts', import.meta.url));
const FAULTS = new URL('../jobs/fault-calls.ts', import.meta.url).href;

interface Ended {
  readonly killed: boolean;
  readonly calls: number;
  readonly code: string | undefined;
}

async function runStep(folder: string, step: TrustStep, at: number, effect: string): Promise<Ended> {
  const child = spawn(process.execPath, ['--no-warnings', '--import', FAULTS, CHILD, folder, step], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GANTRY_FAULT: JSON.stringify({ at, effect }) },
  });
  const [out, errors, [status, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, string | null]>,
  ]);
  if (signal === 'SIGKILL') return { killed: true, calls: 0, code: undefined };
  if (status !== 0) throw new Error(errors);
  const { code } = JSON.parse(out) as { code?: string };
  return { killed: false, calls: Number(/calls=(\d+)/.exec(errors)?.[1]), code };
}

/** The files a launcher would read; what a killed write left beside them has other names. */
async function readState(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder).catch(() => []);
  const kept = names.filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(kept.map((name) => readFile(path.join(folder, name), 'utf8')));
  return Object.fromEntries(kept.map((name, index) => [name, texts[index] ?? '']));
}

function builtByStep(buildId: number) {
  const { length, hashes } = testTarget(buildId);
  return { buildId, manifest: { sha256: hashes.sha256, sizeBytes: length } };
}

/** What came of faults at a launcher's calls while it took a step. */
export interface TrustFaults {
  readonly calls: number;
  readonly faults: number;
  /** What was not as it must be; empty is good. */
  readonly wrong: readonly string[];
}

/**
 * Take a step with a fault at one call after the other, each from the same memory. After it the memory must be the one
 * before or the one after, file by file, and the next look must find the step's build.
 * @param every 1 for every call, 3 for every third.
 */
export async function sweepTrustFaults(
  scratch: string,
  step: TrustStep,
  { every, effects }: { readonly every: number; readonly effects: readonly string[] },
): Promise<TrustFaults> {
  const index = TRUST_STEPS.indexOf(step);
  const before = path.join(scratch, `before-${step}`);
  if (index > 0) await runTrustStep(before, TRUST_STEPS[index - 1] ?? 'first');
  const old = await readState(before);
  const whole = path.join(scratch, `whole-${step}`);
  if (index > 0) await cp(before, whole, { recursive: true });
  const { calls } = await runStep(whole, step, 0, 'kill');
  const next = await readState(whole);
  const wrong: string[] = [];
  let faults = 0;
  for (let at = 1; at <= calls; at += every) {
    for (const effect of effects) {
      const folder = path.join(scratch, `${step}-${effect}-${at}`);
      if (index > 0) await cp(before, folder, { recursive: true });
      const ended = await runStep(folder, step, at, effect);
      faults += 1;
      const complain = (what: string) => wrong.push(`${step}, ${effect} at call ${at}: ${what}`);
      if (!ended.killed && ended.code !== 'TRUST_STATE_NOT_WRITABLE') complain(`it ended with ${ended.code}`);
      for (const [name, content] of Object.entries(await readState(folder))) {
        if (content !== old[name] && content !== next[name]) complain(`${name} is neither old nor new`);
      }
      if (!isDeepStrictEqual(await runTrustStep(folder, step), builtByStep(index + 1))) {
        complain('the next look finds another build');
      }
      if (!isDeepStrictEqual(await readState(folder), next)) complain('the next look leaves another memory');
    }
  }
  return { calls, faults, wrong };
}
