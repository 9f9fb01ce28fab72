import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { formatTable } from '../../../patcher/terminal/quantities.ts';
import type { CliContext, CommonOptions } from '../command/context.ts';
import { addVerb } from '../command/verb.ts';

interface StatusOptions extends CommonOptions {
  readonly watch?: boolean;
}

const WATCH_MS = 1_000;

export function registerStatus(program: Command): void {
  addVerb<StatusOptions>(program, {
    name: 'status',
    summary: 'show how the service and its jobs stand',
    help: 'Database, storage and the jobs that check pushes, make patches and read access logs.',
    options: [['--watch', 'again every second until stopped']],
    examples: ['gantry status', 'gantry status --watch'],
    run: async (context, options) => {
      await show(context);
      while (options.watch && !context.signal.aborted) {
        await sleep(WATCH_MS, undefined, { signal: context.signal });
        await show(context);
      }
    },
  });
}

async function show({ api, output, server, signal }: CliContext): Promise<void> {
  const status = await api.status({}, { signal });
  const rows = status.jobs.map((job) => [
    job.queue,
    String(job.queued),
    String(job.active),
    String(job.failed),
  ]);
  output.result(
    { server, ...status },
    [
      `Gantry ${status.version} at ${server}, running since ${status.startedAt.slice(0, 16).replace('T', ' ')} UTC`,
      `database ${status.database}, storage ${status.storage}`,
      '',
      formatTable([['jobs', 'waiting', 'running', 'failed'], ...rows]),
    ].join('\n'),
  );
}
