/**
 * A process that runs one install job, to be killed: `node install-child.ts '<json>'`. Writes one line of JSON
 * when it ends, with its outcome or the code of its error and the most memory it took; fetches through a server
 * that is another process. With `GANTRY_WAIT` set it begins when it is sent a byte; with `GANTRY_LAG` it also says how late
 * its event loop was.
 */
import { existsSync, readFileSync, readSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AppError } from '../../errors.ts';
import { setV8Flags } from '../../process/patcher-flags.ts';
import { type ChildJob, runChildJob } from './child-job.ts';

/** Between two looks at the event loop. */
const LOOK_MS = 10;

// As in the process that the launcher starts.
setV8Flags();
const job = JSON.parse(process.argv[2] ?? '{}') as ChildJob;

process.stdout.write('started\n');
if (process.env['GANTRY_WAIT'] !== undefined) readSync(0, Buffer.alloc(1));
const delay = process.env['GANTRY_LAG'] === undefined ? undefined : watchLoop();
try {
  say({ outcome: (await runChildJob(job)) ?? null });
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  say({ code: error.code });
}

function say(ended: object): void {
  const lag = delay === undefined ? {} : { lag: readLag(delay) };
  process.stdout.write(`${JSON.stringify({ ...ended, ...lag, peakMiB: readPeakMiB() })}\n`);
}

function watchLoop(): ReturnType<typeof monitorEventLoopDelay> {
  const histogram = monitorEventLoopDelay({ resolution: LOOK_MS });
  histogram.enable();
  return histogram;
}

/** How much later than it should a timer was, in milliseconds: of a hundred 99 at most, and the latest of all. */
function readLag(histogram: ReturnType<typeof monitorEventLoopDelay>): { p99Ms: number; maxMs: number } {
  histogram.disable();
  const toMs = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e6) - LOOK_MS);
  return { p99Ms: toMs(histogram.percentile(99)), maxMs: toMs(histogram.max) };
}

/** Of this program alone: what `getrusage` says begins with the size of the process it was forked from. */
function readPeakMiB(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'latin1') : '';
  const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
  return Math.round(peakKiB / 1024);
}
