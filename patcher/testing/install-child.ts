/**
 * A process that runs one install job, to be killed: `node install-child.ts '<json>'`. Writes one line of JSON
 * when it ends, with its outcome or the code of its error and the most memory it took; fetches through a server
 * that is another process. With `GANTRY_WAIT` set it begins when it is sent a byte.
 */
import { existsSync, readFileSync, readSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { type ChildJob, runChildJob } from './child-job.ts';

const job = JSON.parse(process.argv[2] ?? '{}') as ChildJob;

process.stdout.write('started\n');
if (process.env['GANTRY_WAIT'] !== undefined) readSync(0, Buffer.alloc(1));
try {
  say({ outcome: (await runChildJob(job)) ?? null });
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  say({ code: error.code });
}

function say(ended: object): void {
  process.stdout.write(`${JSON.stringify({ ...ended, peakMiB: readPeakMiB() })}\n`);
}

/** Of this program alone: what `getrusage` says begins with the size of the process it was forked from. */
function readPeakMiB(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'latin1') : '';
  const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
  return Math.round(peakKiB / 1024);
}
