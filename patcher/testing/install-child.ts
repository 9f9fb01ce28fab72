/**
 * A process that runs one install job, to be killed: `node install-child.ts '<json>'`. Writes one line of JSON
 * when it ends, with its outcome or the code of its error and the most memory it took; fetches through a server
 * that is another process.
 */
import { AppError } from '../errors.ts';
import { type ChildJob, runChildJob } from './child-job.ts';

const job = JSON.parse(process.argv[2] ?? '{}') as ChildJob;

process.stdout.write('started\n');
try {
  say({ outcome: (await runChildJob(job)) ?? null });
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  say({ code: error.code });
}

function say(ended: object): void {
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`${JSON.stringify({ ...ended, peakMiB })}\n`);
}
