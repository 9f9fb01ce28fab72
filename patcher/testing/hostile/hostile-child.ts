/** `node hostile-child.ts KIND ATTEMPTS`: read inputs that were tampered with; prints one line of JSON. */
import { fuzzPatches } from '../../delta/testing/fuzz-patch.ts';
import { makeFuzzSubjects } from '../../delta/testing/fuzz-subjects.ts';
import { PatchFixture } from '../../delta/testing/patch-fixture.ts';
import { attackWith, type HostileReport } from './hostile-inputs.ts';

const [kind = 'paths', attempts = '1000'] = process.argv.slice(2);
const report =
  kind === 'patches' ? await attackWithPatches(Number(attempts)) : await attackWith(kind, Number(attempts));
process.stdout.write(`${JSON.stringify(report)}\n`);

async function attackWithPatches(count: number): Promise<HostileReport> {
  await using fixture = await PatchFixture.open();
  const subjects = await makeFuzzSubjects(fixture);
  const { layers } = await fuzzPatches({ fixture, subjects, first: 0, end: count });
  const refusals: Record<string, number> = {};
  let [accepted, worstMs] = [0, 0];
  for (const { outcomes, slowestMs } of layers.values()) {
    worstMs = Math.max(worstMs, Math.round(slowestMs));
    for (const [outcome, times] of outcomes) {
      if (outcome === 'right tree') accepted += times;
      else refusals[outcome] = (refusals[outcome] ?? 0) + times;
    }
  }
  const worstMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  return { kind: 'patches', attempts: count, accepted, refusals, worstMs, worstMiB, failures: [] };
}
