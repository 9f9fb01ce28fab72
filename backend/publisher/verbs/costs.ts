import type { Command } from 'commander';
import { formatBytes, formatTable, formatUsd } from '../../../patcher/terminal/quantities.ts';
import type { CommonOptions } from '../command/context.ts';
import { addVerb } from '../command/verb.ts';

interface CostsOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
}

export function registerCosts(program: Command): void {
  addVerb<CostsOptions>(program, {
    name: 'costs',
    summary: 'show what delivering a game cost',
    help: `Read from the CDN's access logs and priced by the dated price table the report names; by build, region,
reason (install, update, repair) and route (chunks, patch). Logs arrive with some delay.`,
    arguments: [['<game>', 'the game’s id']],
    options: [
      ['--from <time>', 'first moment, ISO 8601 (default: the first of this month)'],
      ['--to <time>', 'last moment, ISO 8601 (default: now)'],
    ],
    examples: ['gantry costs skyforge', 'gantry costs skyforge --from 2026-11-01T00:00:00Z --json'],
    run: async ({ api, output, signal }, options, gameId = '') => {
      const query = {
        ...(options.from === undefined ? {} : { from: options.from }),
        ...(options.to === undefined ? {} : { to: options.to }),
      };
      const report = await api.costs({ params: { gameId }, query }, { signal });
      const rows = report.rows.map((row) => [
        row.buildId === null ? '–' : String(row.buildId),
        row.region,
        row.reason ?? '–',
        row.route ?? '–',
        formatBytes(row.bytes),
        String(row.requests),
        formatUsd(row.usd),
      ]);
      const table = formatTable([
        ['build', 'region', 'reason', 'route', 'bytes', 'requests', 'cost'],
        ...rows,
      ]);
      const total = `Total ${formatBytes(report.bytes)}, ${report.requests} requests, ${formatUsd(report.usd)} by the ${report.priceTable} prices; patching saved ${formatBytes(report.savedBytes)}.`;
      output.result(
        report,
        rows.length === 0 ? 'Nothing was delivered in this time.' : `${table}\n\n${total}`,
      );
    },
  });
}
