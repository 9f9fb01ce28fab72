import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { WrongBytesReport } from '../testing/simulation/serve-wrong-bytes.ts';

const CHILD = fileURLToPath(new URL('../testing/simulation/wrong-bytes-child.ts', import.meta.url));

/** The reliability run takes thousands. */
const ATTEMPTS = 8;

/** In a process of its own, since simulating replaces its clock, disk and threads. */
async function serveWrongBytes(): Promise<WrongBytesReport[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--no-warnings',
    CHILD,
    '0',
    String(ATTEMPTS),
  ]);
  return JSON.parse(stdout) as WrongBytesReport[];
}

test('whatever is wrong with a chunk, a pack or a patch, no wrong byte is committed', async () => {
  const reports = await serveWrongBytes();
  expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
  expect(reports.length).toBeGreaterThan(20);
  for (const { attempts, refused, repaired } of reports) expect(refused + repaired).toBe(attempts);
  const refusedOf = (start: string) =>
    reports.filter(({ name }) => name.startsWith(start)).map(({ refused }) => refused);
  expect(Math.min(...refusedOf('chunk: '))).toBeGreaterThan(0);
  // Where a patch cannot be used chunks can.
  expect(Math.max(...refusedOf('patch'))).toBe(0);
}, 120_000);
