// Every test: units and integration under vitest, then the journeys in a real browser. Ends with one line that counts both.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const reports = mkdtempSync(join(tmpdir(), 'gantry-reports-'));
const args = process.argv.slice(2);
try {
  const units = runUnits(args);
  // With a filter only the named unit tests are wanted.
  const journeys = args.length === 0 ? runJourneys() : { passed: 0, failed: 0, skipped: 0 };
  const skipped = units.skipped + journeys.skipped;
  const failed = units.failed + journeys.failed;
  console.log(
    `\n${units.passed + journeys.passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
}

/**
 * A test process may be ended by Node itself: it is known to abort, seldom, where WebAssembly is compiled and given back
 * again and again (nodejs/node issue 64500), as tests of making and applying do on threads. Files that such a process left
 * unfinished run once more, and it is said; a test that fails is never run again.
 */
function runUnits(filters: readonly string[]): Counts {
  const first = runVitest('units', filters);
  const unfinished = first.files.filter(({ isFinished }) => !isFinished).map(({ name }) => name);
  if (first.counts.failed > 0 || unfinished.length === 0) return withFailure(first.counts, first.status);
  console.log(
    `\nA process ended by itself while it ran these tests, which run again: ${unfinished.join(', ')}\n`,
  );
  const again = runVitest('units-again', unfinished);
  const kept = first.files.filter(({ isFinished }) => isFinished).map(({ counts }) => counts);
  return withFailure(addUp([...kept, again.counts]), again.status);
}

interface VitestRun {
  readonly status: number;
  readonly counts: Counts;
  readonly files: readonly FileRun[];
}

interface FileRun {
  readonly name: string;
  readonly counts: Counts;
  /** False when the process ended in the middle of a test. */
  readonly isFinished: boolean;
}

function runVitest(name: string, filters: readonly string[]): VitestRun {
  const file = join(reports, `${name}.json`);
  const status = run([
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...filters,
  ]);
  const { testResults } = readReport(file) as {
    testResults: { name: string; assertionResults: { status: string }[] }[];
  };
  const files = testResults.map(({ name: path, assertionResults }): FileRun => {
    const count = (status: string) => assertionResults.filter((test) => test.status === status).length;
    const counts = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
    return { name: path, counts, isFinished: count('pending') === 0 };
  });
  return { status, counts: addUp(files.map(({ counts }) => counts)), files };
}

function addUp(all: readonly Counts[]): Counts {
  const sum = (of: (counts: Counts) => number) => all.reduce((total, counts) => total + of(counts), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
  };
}

function runJourneys(): Counts {
  const file = join(reports, 'journeys.json');
  const status = run(['node_modules/@playwright/test/cli.js', 'test', '--reporter=line,json'], {
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
  });
  const { stats } = readReport(file) as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  };
  return withFailure(
    { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped },
    status,
  );
}

/** A runner that failed without a failed test (a file that does not load, a hook, a crash) still counts as one. */
function withFailure(counts: Counts, status: number): Counts {
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function run(command: readonly string[], environment: NodeJS.ProcessEnv = {}): number {
  const { status } = spawnSync(process.execPath, command, {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  return status ?? 1;
}

function readReport(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
