/** `node hostile-child.ts KIND FIRST COUNT`: read inputs that were tampered with; prints one line of JSON. */
import { fuzzPatches } from '../../delta/testing/fuzz-patch.ts';
import { makeFuzzSubjects } from '../../delta/testing/fuzz-subjects.ts';
import { PatchFixture } from '../../delta/testing/patch-fixture.ts';
import { tryHostileRecords } from '../trust/hostile-records.ts';
import { attackWith, type HostileReport } from './hostile-inputs.ts';

const [kind = 'paths', firstText = '0', countText = '1000'] = process.argv.slice(2);
const [first, count] = [Number(firstText), Number(countText)];
process.stdout.write(`${JSON.stringify(await attack())}\n`);

function attack(): Promise<HostileReport> {
  if (kind === 'patches') return attackWithPatches();
  return kind === 'TUF documents' ? attackWithRecords() : attackWith(kind, count, first);
}

async function attackWithPatches(): Promise<HostileReport> {
  await using fixture = await PatchFixture.open();
  const subjects = await makeFuzzSubjects(fixture);
  const { layers } = await fuzzPatches({ fixture, subjects, first, end: first + count });
  const refusals: Record<string, number> = {};
  let [accepted, worstMs] = [0, 0];
  for (const { outcomes, slowestMs } of layers.values()) {
    worstMs = Math.max(worstMs, Math.round(slowestMs));
    for (const [outcome, times] of outcomes) {
      if (outcome === 'right tree') accepted += times;
      else refusals[outcome] = (refusals[outcome] ?? 0) + times;
    }
  }
  return { kind, attempts: count, accepted, refusals, worstMs, worstMiB: readPeakMiB(), failures: [] };
}

async function attackWithRecords(): Promise<HostileReport> {
  const { refused, harmless, slowestMs } = await tryHostileRecords(count, first);
  const worstMs = Math.round(slowestMs);
  const base = { kind, attempts: count, worstMs, worstMiB: readPeakMiB(), failures: [] };
  return { ...base, accepted: harmless, refusals: refused };
}

function readPeakMiB(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
