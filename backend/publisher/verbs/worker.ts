import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommonOptions } from '../command/context.ts';
import { untilAborted } from '../command/until-aborted.ts';
import { addVerb } from '../command/verb.ts';

interface WorkerOptions extends CommonOptions {
  readonly data: string;
}

export function registerWorker(program: Command): void {
  addVerb<WorkerOptions>(program, {
    name: 'worker',
    summary: 'run the service’s jobs on this machine',
    help: `Checks pushes, makes patches and reads access logs, over the Postgres and storage the environment names
(DATABASE_URL, GANTRY_S3_BUCKET …). Any number of workers may run; a job of a worker that dies is taken up by another.`,
    options: [['--data <folder>', 'scratch space', join(homedir(), '.gantry-worker')]],
    examples: ['DATABASE_URL=postgres://… GANTRY_S3_BUCKET=games gantry worker'],
    online: false,
    run: async ({ output, signal }, options) => {
      const { startWorker } = await import('../../service/worker.ts');
      const { readEnvironment } = await import('../../service/service-environment.ts');
      const worker = await startWorker({
        ...readEnvironment(process.env),
        dataDir: resolve(options.data),
        log: ({ level, message, error }) => {
          if (level === 'error') output.remark(`${message}: ${String(error)}`);
        },
      });
      try {
        output.result({ ready: true }, 'The worker is running.');
        await untilAborted(signal);
        output.remark('Stopping …');
      } finally {
        await worker.close();
      }
    },
  });
}
