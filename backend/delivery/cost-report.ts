import { allocate, costOfMonth, type RegionUsage } from './cost-engine.ts';
import type { EdgeRegion } from './edge-regions.ts';
import type { Micros, PriceTable } from './price-table.ts';
import type { UsageRow } from './usage.ts';

/** Why a player's bytes were fetched; `unattributed` where no known grant says. */
export type CostReason = 'install' | 'update' | 'repair' | 'preload' | 'unattributed';
/** By which way; `other` for what is no object of a depot. */
export type CostRoute = 'chunks' | 'patch' | 'manifest' | 'other';

/** What the service remembers of a grant it gave. */
export interface GrantFacts {
  readonly gameId: string;
  readonly depot: string;
  readonly buildId: number;
  readonly reason: Exclude<CostReason, 'unattributed'>;
}

/** One group: what was delivered, and what it cost. */
export interface CostLine {
  /** `2026-11`, UTC. */
  readonly month: string;
  /** `undefined` for requests that belong to no game. */
  readonly gameId: string | undefined;
  readonly buildId: number | undefined;
  readonly region: EdgeRegion;
  readonly reason: CostReason;
  readonly route: CostRoute;
  readonly bytes: number;
  readonly requests: number;
  readonly cacheHits: number;
  readonly transferMicros: Micros;
  readonly requestMicros: Micros;
  /** The two together; or the line's share of the invoice. */
  readonly costMicros: Micros;
}

export interface CostReport {
  readonly priceVersion: string;
  /** In the order month, game, build, region, reason, route. */
  readonly lines: readonly CostLine[];
  readonly totals: { readonly bytes: number; readonly requests: number; readonly costMicros: Micros };
  /**
   * What the log cannot explain: the invoice less the prices' sum, over the months that have an invoice.
   * The lines add up to the invoice either way, unless a month has an invoice and no usage to bear it.
   */
  readonly residualMicros: Micros | undefined;
}

export interface CostReportOptions {
  readonly prices: PriceTable;
  /** `undefined` for a grant nobody knows. */
  readonly grants: (grantId: string) => GrantFacts | undefined;
  readonly applyFreeTier?: boolean;
  /** What the CDN really asked, by month; those months' lines become shares that add up to it exactly. */
  readonly invoices?: Readonly<Record<string, Micros>>;
}

type Draft = { -readonly [Field in keyof CostLine]: CostLine[Field] } & {
  httpRequests: number;
  httpsRequests: number;
};

/** Group usage and price it. Rows that come twice, by their id, count once. */
export function computeCostReport(rows: Iterable<UsageRow>, options: CostReportOptions): CostReport {
  const drafts = groupRows(rows, options.grants);
  for (const month of new Set(drafts.map((line) => line.month))) {
    priceMonth(
      drafts.filter((line) => line.month === month),
      options,
    );
  }
  const residualMicros = options.invoices && applyInvoices(drafts, options.invoices);
  const lines = drafts.map(({ httpRequests: _http, httpsRequests: _https, ...line }) => line);
  const totals = {
    bytes: sumOf(lines, (line) => line.bytes),
    requests: sumOf(lines, (line) => line.requests),
    costMicros: sumOf(lines, (line) => line.costMicros),
  };
  return { priceVersion: options.prices.version, lines, totals, residualMicros };
}

function groupRows(rows: Iterable<UsageRow>, grants: CostReportOptions['grants']): Draft[] {
  const seen = new Set<string>();
  const drafts = new Map<string, Draft>();
  for (const row of rows) {
    if (seen.has(row.id)) continue;
    seen.add(row.id);
    const group = groupOf(row, grants);
    const name = [
      group.month,
      group.gameId ?? '',
      String(group.buildId ?? '').padStart(12, '0'),
      group.region,
      group.reason,
      group.route,
    ].join('\t');
    const draft = drafts.get(name) ?? { ...group, ...ZERO };
    draft.bytes += row.bytes;
    draft.requests += row.requests;
    draft.cacheHits += row.isCacheHit ? 1 : 0;
    draft.httpsRequests += row.isHttps ? row.requests : 0;
    draft.httpRequests += row.isHttps ? 0 : row.requests;
    drafts.set(name, draft);
  }
  return [...drafts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, draft]) => draft);
}

const ZERO = {
  bytes: 0,
  requests: 0,
  cacheHits: 0,
  httpRequests: 0,
  httpsRequests: 0,
  transferMicros: 0,
  requestMicros: 0,
  costMicros: 0,
};

function groupOf(row: UsageRow, grants: CostReportOptions['grants']) {
  const known = row.grantId === undefined ? undefined : grants(row.grantId);
  // The path decides whose bytes these are, because the signature covers it; the grant only adds the why.
  const grant = known && known.gameId === row.gameId && known.depot === row.depot ? known : undefined;
  return {
    month: row.time.toISOString().slice(0, 7),
    gameId: row.gameId,
    buildId: grant?.buildId,
    region: row.region,
    reason: grant?.reason ?? 'unattributed',
    route: routeOf(row),
  } as const;
}

function routeOf({ objectKind }: UsageRow): CostRoute {
  if (objectKind === undefined) return 'other';
  return objectKind === 'pack' ? 'chunks' : objectKind;
}

/** Tiers climb over a region's whole month, so the region is priced first and then shared out by what each line used. */
function priceMonth(month: readonly Draft[], { prices, applyFreeTier = false }: CostReportOptions): void {
  const regions = [...new Set(month.map((line) => line.region))];
  const usage = regions.map((region) => regionUsage(region, month));
  for (const { region, transferMicros, requestMicros } of costOfMonth(usage, prices, { applyFreeTier })) {
    const lines = month.filter((line) => line.region === region);
    const transfer = allocate(
      transferMicros,
      lines.map((line) => line.bytes),
    );
    const requests = allocate(
      requestMicros,
      lines.map((line) => line.requests),
    );
    for (const [index, line] of lines.entries()) {
      line.transferMicros = transfer[index] ?? 0;
      line.requestMicros = requests[index] ?? 0;
      line.costMicros = line.transferMicros + line.requestMicros;
    }
  }
}

function regionUsage(region: EdgeRegion, month: readonly Draft[]): RegionUsage {
  const lines = month.filter((line) => line.region === region);
  return {
    region,
    bytes: sumOf(lines, (line) => line.bytes),
    httpRequests: sumOf(lines, (line) => line.httpRequests),
    httpsRequests: sumOf(lines, (line) => line.httpsRequests),
  };
}

/** @returns The residual of the invoiced months. */
function applyInvoices(drafts: readonly Draft[], invoices: Readonly<Record<string, Micros>>): Micros {
  let residual = 0;
  for (const [month, invoiceMicros] of Object.entries(invoices)) {
    const lines = drafts.filter((line) => line.month === month);
    const priced = lines.map((line) => line.costMicros);
    const pricedSum = priced.reduce((sum, micros) => sum + micros, 0);
    residual += invoiceMicros - pricedSum;
    // All of it may have been free by the price table: then bytes are the fairest weights left.
    const weights = pricedSum > 0 ? priced : lines.map((line) => line.bytes);
    const shares = allocate(invoiceMicros, weights);
    for (const [index, line] of lines.entries()) line.costMicros = shares[index] ?? 0;
  }
  return residual;
}

function sumOf<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}
