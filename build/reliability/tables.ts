import { NEVER_RUN } from './fault-classes.ts';
import type { FaultRun, Results } from './run-classes.ts';

/** One row of the table of faults. */
interface FaultRow {
  readonly fault: string;
  readonly how: string;
  readonly runs: number;
  readonly outcomes: string;
  readonly lostBytes: string;
  /** Changes of anything outside the install; '' where nobody looked. */
  readonly changedOutside: string;
  readonly refetchedBytes: number | undefined;
  readonly worstMiB: number | undefined;
  readonly failures: readonly string[];
}

interface Said {
  readonly [name: string]: unknown;
  readonly failures: readonly (string | { readonly seed: number; readonly message: string })[];
}

/** Classes whose every run looks at the same tree outside the install before and after it. */
const WATCHED = new Set([
  'simulation',
  'calls',
  'kill',
  'power',
  'errno',
  'surroundings',
  'cgroup',
  'network',
]);

/** What became of one kind of wrong bytes. */
interface WrongBytes {
  readonly name: string;
  readonly attempts: number;
  readonly refused: number;
  readonly repaired: number;
  readonly codes: readonly string[];
  readonly failures: readonly string[];
}

/** What is measured of each job with builds of a size. */
interface SizeJob {
  readonly verb: string;
  readonly seconds: number;
  readonly peakMiB: number;
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
}

function describeSizeJob({ verb, seconds, peakMiB, lagP99Ms, lagMaxMs }: SizeJob): string {
  return `${verb} ${seconds} s, ${peakMiB} MiB, event loop late by ${lagP99Ms} ms (p99), ${lagMaxMs} ms at most`;
}

/** The tables of docs/reliability.md by their blocks' names. */
export function renderTables({ runs, missing }: Results): Record<string, string> {
  const rows = Object.entries(runs).flatMap(([id, own]) => own.flatMap((run) => toRows(id, run)));
  const dates = Object.values(runs).flatMap((own) => own.map(({ date }) => date));
  const wrongBytes = (runs['wrong-bytes'] ?? []).flatMap(({ said }) => said as readonly WrongBytes[]);
  const failures = [...rows, ...wrongBytes].flatMap(({ failures: own }) => own);
  return {
    run: `Last run ${dates.toSorted().at(-1) ?? 'never'}, ${rows.reduce((sum, row) => sum + row.runs, 0).toLocaleString('en')} runs; ${failures.length} failed.`,
    faults: table(
      [
        'fault',
        'injected by',
        'runs',
        'outcomes',
        'lost bytes',
        'changed outside',
        'refetched bytes',
        'worst memory',
      ],
      rows.map((row) => [
        row.fault,
        row.how,
        row.runs.toLocaleString('en'),
        row.outcomes,
        row.lostBytes,
        row.changedOutside,
        row.refetchedBytes === undefined ? '' : String(row.refetchedBytes),
        row.worstMiB === undefined || row.worstMiB === 0 ? '' : `${row.worstMiB} MiB`,
      ]),
    ),
    hostile: table(
      [
        'input',
        'attempts',
        'refused, by code',
        'still right',
        'wrongly accepted or untyped',
        'worst time',
        'worst memory',
      ],
      (runs['hostile'] ?? []).map(hostileRow),
    ),
    wrong: table(
      ['what is wrong', 'attempts', 'refused, by code', 'repaired', 'wrong bytes committed, or untyped'],
      wrongBytes.map(wrongBytesRow),
    ),
    missing: [
      ...Object.entries(missing).map(([id, what]) => `${id}: this machine does not permit ${what}`),
      ...NEVER_RUN,
    ]
      .map((line) => `- ${line}`)
      .join('\n'),
    failures: failures.length === 0 ? 'None.' : failures.map((failure) => `- ${failure}`).join('\n'),
  };
}

function toRows(id: string, run: FaultRun): FaultRow[] {
  if (id === 'hostile' || id === 'wrong-bytes') return [];
  const said = Array.isArray(run.said) ? (run.said as Said[]) : [run.said as Said];
  return said.map((one) => toRow(id, run, one));
}

function toRow(id: string, { fault, how }: FaultRun, said: Said): FaultRow {
  const failures = said.failures.map((failure) =>
    typeof failure === 'string' ? failure : `seed ${failure.seed}: ${failure.message}`,
  );
  // Every check compares whole trees: a lost byte is a failure.
  const lostBytes = failures.length === 0 ? '0' : 'see below';
  const changedOutside = WATCHED.has(id) ? lostBytes : '';
  const base = {
    fault,
    how,
    lostBytes,
    changedOutside,
    failures,
    refetchedBytes: undefined,
    worstMiB: undefined,
  };
  const number = (name: string) => Number(said[name] ?? 0);
  const broken = failures.length === 0 ? '' : `; ${failures.length} broken`;
  switch (id) {
    case 'simulation': {
      const counts = said['counts'] as Record<string, number>;
      const {
        kills = 0,
        powerCuts = 0,
        refusals = 0,
        operations = 0,
        moves = 0,
        old = 0,
        next = 0,
        resumed = 0,
      } = counts;
      const outcomes = `${operations} operations (${moves} moves done), ${kills} kills, ${powerCuts} power cuts, ${refusals} typed errors: ${old} old, ${next} new, ${resumed} resumed${broken}`;
      return {
        ...base,
        runs: number('seeds'),
        outcomes,
        refetchedBytes: counts['refetchedBytes'],
        worstMiB: number('worstMiB'),
      };
    }
    case 'calls': {
      const codes = said['codes'] as readonly string[];
      const between = number('between') === 0 ? '' : `, ${number('between')} between and said so`;
      return {
        ...base,
        how: `${how}; ${number('runs').toLocaleString('en')} of ${(2 * number('points')).toLocaleString('en')}`,
        runs: number('runs'),
        outcomes: `${number('old')} old, ${number('next')} new${between}; ${number('done')} ended all the same; ${codes.join(', ')}${broken}`,
        worstMiB: number('worstMiB'),
      };
    }
    case 'kill':
    case 'power':
    case 'errno': {
      const codes = said['codes'] as readonly string[];
      const between = number('between') === 0 ? '' : `, ${number('between')} between and said so`;
      const missed = number('runs') - number('struck');
      const unstruck = missed === 0 ? '' : `, ${missed} over before the call`;
      // What was begun to be uninstalled has nothing that could be done twice.
      const resumed = fault.endsWith('uninstall') ? '' : `, ${number('resumed')} of them resumed`;
      const outcomes = `${number('old')} old, ${number('next')} new${between}${resumed}${unstruck}${codes.length === 0 ? '' : `; ${codes.join(', ')}`}${broken}`;
      return {
        ...base,
        how: `${how}; ${number('runs')} of ${number('points')}`,
        runs: number('runs'),
        outcomes,
        refetchedBytes: Math.round(number('refetchedBytes')),
        worstMiB: number('worstMiB'),
      };
    }
    case 'surroundings':
    case 'cgroup':
    case 'network': {
      const codes = said['codes'] as readonly string[];
      const killed = number('killed') === 0 ? '' : `, ${number('killed')} killed`;
      const longest = id === 'network' ? `, the longest after ${number('worstSeconds')} s` : '';
      const packets = number('packetsLost') === 0 ? '' : `, ${number('packetsLost')} packets lost`;
      const outcomes = `${number('old')} old, ${number('next')} new${killed}${longest}${packets}${codes.length === 0 ? '' : `; ${codes.join(', ')}`}${broken}`;
      return {
        ...base,
        fault: String(said['name']),
        runs: number('runs'),
        outcomes,
        refetchedBytes: number('refetchedBytes'),
        worstMiB: number('worstMiB'),
      };
    }
    case 'space':
      return {
        ...base,
        runs: number('runs'),
        outcomes: `${number('fitted')} fitted, ${number('refused')} refused before any download${broken}`,
      };
    case 'read-only':
      return {
        ...base,
        runs: number('runs'),
        outcomes: `${number('verified')} verified; ${number('refused')} refused, ${number('toldDamage')} of them with the number of damaged files${broken}`,
      };
    case 'locks': {
      if (said['rounds'] !== undefined) {
        return {
          ...base,
          changedOutside: lostBytes,
          runs: number('done') + number('refused'),
          outcomes: `${number('rounds')} rounds: ${number('done')} ended, ${number('refused')} refused as another had it; the new build each time${broken}`,
        };
      }
      return {
        ...base,
        runs: number('held'),
        outcomes: `${number('held')} had it, one at a time; ${number('refused')} refused; ${number('killed')} killed, ${number('recovered')} locks taken over, and all ${number('stale').toLocaleString('en')} that were left by nobody who lives${broken}`,
      };
    }
    case 'size': {
      // Results that are kept may be of a run that said other things.
      const jobs = (said['jobs'] ?? []) as readonly SizeJob[];
      return {
        ...base,
        fault: String(said['name']),
        runs: jobs.length,
        outcomes: jobs.map(describeSizeJob).join('; ') + broken,
        worstMiB: Math.max(0, ...jobs.map(({ peakMiB }) => peakMiB)),
      };
    }
    default: {
      const harms = Object.entries(said['harms'] as Record<string, { done: number; found: number }>);
      const found = harms.reduce((sum, [, harm]) => sum + harm.found, 0);
      const done = harms.reduce((sum, [, harm]) => sum + harm.done, 0);
      const kinds = harms.map(([kind, harm]) => `${kind} ${harm.done}`).join(', ');
      const outcomes = `${found} of ${done} found (${kinds}); ${number('fetchedBytes')} bytes fetched for ${number('damagedBytes')} in damaged chunks${broken}`;
      return {
        ...base,
        fault: 'random damage',
        runs: number('runs'),
        outcomes,
        worstMiB: number('worstMiB'),
      };
    }
  }
}

function hostileRow({ fault, said }: FaultRun): string[] {
  const { attempts, accepted, refusals, worstMs, worstMiB, failures } = said as {
    attempts: number;
    accepted: number;
    refusals: Record<string, number>;
    worstMs: number;
    worstMiB: number;
    failures: readonly string[];
  };
  const codes = Object.entries(refusals).toSorted(([, a], [, b]) => b - a);
  const refused = codes.reduce((sum, [, count]) => sum + count, 0);
  return [
    fault,
    attempts.toLocaleString('en'),
    `${refused.toLocaleString('en')} by ${codes.length} codes`,
    accepted.toLocaleString('en'),
    String(failures.length),
    `${worstMs} ms`,
    `${worstMiB} MiB`,
  ];
}

function wrongBytesRow({ name, attempts, refused, repaired, codes, failures }: WrongBytes): string[] {
  const by = codes.length === 0 ? '' : `, by ${codes.join(', ')}`;
  const counts = [attempts, refused, repaired].map((count) => count.toLocaleString('en')) as [
    string,
    string,
    string,
  ];
  return [name, counts[0], `${counts[1]}${by}`, counts[2], String(failures.length)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
