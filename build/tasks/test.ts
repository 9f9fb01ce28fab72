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

function runUnits(filters: readonly string[]): Counts {
  const file = join(reports, 'units.json');
  const status = run([
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...filters,
  ]);
  const report = readReport(file) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numFailedTestSuites: number;
  };
  const counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests,
  };
  return withFailure(counts, status);
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
