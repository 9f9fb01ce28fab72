import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { startEdge } from '../edge/testing/edge-rig.ts';
import { computeCostReport, type GrantFacts } from './cost-report.ts';
import { priceTableAt } from './price-table.ts';
import { readUsage } from './usage-reader.ts';

it('accounts for every byte that left the edge, by build, reason and route', async () => {
  const rig = await startEdge({ location: 'FRA56-P1' });
  const pack = await rig.put(randomBytes(100_000));
  const patch = await rig.put(randomBytes(5000), { kind: 'patch' });
  const facts: Record<string, GrantFacts> = {
    first: { gameId: 'skyforge', depot: 'linux', buildId: 1, reason: 'install' },
    second: { gameId: 'skyforge', depot: 'linux', buildId: 2, reason: 'update' },
  };
  const install = rig.grant({ grantId: 'first' });
  await rig.get(pack, { grant: install });
  await rig.get(pack, { grant: install, headers: { range: 'bytes=0-999' } });
  await rig.get(patch, { grant: rig.grant({ grantId: 'second' }) });
  await rig.get(patch, { grant: { ...install, query: 'g=second' } }); // Refused: nobody's grant.
  await rig.edge.close();
  const { rows } = await readUsage(rig.logFolder);
  await rig.stop();

  const report = computeCostReport(rows, {
    prices: priceTableAt(new Date(rig.nowMs)),
    grants: (id) => facts[id],
  });
  expect(report.totals).toMatchObject({ bytes: rig.edge.totals.bytes, requests: 4 });
  expect(
    report.lines.map(({ gameId, buildId, region, reason, route, requests }) => [
      gameId,
      buildId,
      region,
      reason,
      route,
      requests,
    ]),
  ).toEqual([
    ['skyforge', undefined, 'eu', 'unattributed', 'patch', 1],
    ['skyforge', 1, 'eu', 'install', 'chunks', 2],
    ['skyforge', 2, 'eu', 'update', 'patch', 1],
  ]);
  const installed = report.lines[1]?.bytes ?? 0;
  expect(installed).toBeGreaterThan(101_000);
  expect(installed).toBeLessThan(104_000);
});
