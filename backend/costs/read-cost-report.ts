import { sql } from 'kysely';
import type { CostReport, DeliveryReason } from '../api/contract.ts';
import type { Database } from '../db/database.ts';
import { type CostLine, computeCostReport, type GrantFacts } from '../delivery/cost-report.ts';
import type { EdgeRegion } from '../delivery/edge-regions.ts';
import { priceTableAt } from '../delivery/price-table.ts';
import type { UsageRow } from '../delivery/usage.ts';

export interface CostPeriod {
  readonly from: Date;
  readonly to: Date;
}

interface UsageGroup {
  readonly month: Date;
  readonly region: EdgeRegion;
  readonly objectKind: UsageRow['objectKind'] | null;
  readonly gameId: string | null;
  readonly depot: string | null;
  readonly buildId: number | null;
  readonly reason: DeliveryReason | null;
  readonly isHttps: boolean;
  readonly bytes: number;
  readonly requests: number;
}

/** What delivering one game cost in a period: prices climb with the whole CDN's volume, so all usage is priced. */
export async function readCostReport(
  database: Database,
  gameId: string,
  period: CostPeriod,
): Promise<CostReport> {
  const groups = await readGroups(database, period);
  const facts = new Map(groups.map((group, index) => [String(index), toFacts(group)]));
  const prices = priceTableAt(period.to);
  const report = computeCostReport(groups.map(toUsageRow), { prices, grants: (id) => facts.get(id) });
  const lines = report.lines.filter((line) => line.gameId === gameId);
  const sum = (of: (line: CostLine) => number) => lines.reduce((total, line) => total + of(line), 0);
  return {
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    priceTable: report.priceVersion,
    rows: lines.map((line) => ({
      gameId,
      buildId: line.buildId ?? null,
      region: line.region,
      reason: line.reason === 'unattributed' ? null : line.reason,
      route: line.route === 'other' ? null : line.route,
      bytes: line.bytes,
      requests: line.requests,
      usd: line.costMicros / 1e6,
    })),
    bytes: sum((line) => line.bytes),
    requests: sum((line) => line.requests),
    usd: sum((line) => line.costMicros) / 1e6,
    savedBytes: await readSavedBytes(database, gameId, period),
  };
}

/** A grant counts only where it is for the depot the path names: the path is what was signed. */
async function readGroups(database: Database, { from, to }: CostPeriod): Promise<readonly UsageGroup[]> {
  const { rows } = await sql<UsageGroup>`
    select date_trunc('month', usage.time, 'UTC') as month, usage.region, usage.object_kind, usage.game_id,
      usage.depot, grants.build_id, grants.reason, usage.is_https,
      sum(usage.bytes)::bigint as bytes, count(*) as requests
    from usage_requests as usage
    left join (
      grants join depots on depots.depot_id = grants.depot_id
    ) on grants.grant_id = usage.grant_id and depots.game_id = usage.game_id and depots.depot = usage.depot
    where usage.time >= ${from} and usage.time < ${to}
    group by 1, 2, 3, 4, 5, 6, 7, 8
  `.execute(database);
  return rows;
}

function toFacts({ gameId, depot, buildId, reason }: UsageGroup): GrantFacts | undefined {
  if (gameId === null || depot === null || buildId === null || reason === null) return undefined;
  return { gameId, depot, buildId, reason };
}

/** A group as one row of the engine; its index stands for the grant that explains it. */
function toUsageRow(group: UsageGroup, index: number): UsageRow {
  return {
    id: String(index),
    time: group.month,
    edgeLocation: '',
    region: group.region,
    grantId: String(index),
    objectKind: group.objectKind ?? undefined,
    gameId: group.gameId ?? undefined,
    depot: group.depot ?? undefined,
    status: 200,
    bytes: group.bytes,
    requests: group.requests,
    isHttps: group.isHttps,
    isCacheHit: false,
  };
}

/** What updates and repairs would have fetched as first installs, less what they fetched. */
async function readSavedBytes(database: Database, gameId: string, { from, to }: CostPeriod): Promise<number> {
  const { rows } = await sql<{ saved: number }>`
    select coalesce(sum(greatest(0, builds.download_bytes - outcomes.downloaded_bytes)), 0)::bigint as saved
    from install_outcomes as outcomes
    join builds on builds.build_id = outcomes.build_id
    join depots on depots.depot_id = outcomes.depot_id
    where depots.game_id = ${gameId} and outcomes.outcome = 'done' and outcomes.reason <> 'install'
      and outcomes.created_at >= ${from} and outcomes.created_at < ${to}
  `.execute(database);
  return rows[0]?.saved ?? 0;
}
