import { deliveryErrors } from './errors.ts';
import type { PriceRegion } from './edge-regions.ts';
import { PRICES_2026_11 } from './prices-2026-11.ts';

/** Integer millionths of a US dollar: sums are exact. */
export type Micros = number;

/** Where a figure comes from, and how far it can be trusted. */
export interface PriceSource {
  readonly text: string;
  /** `read`: in the source itself; `second-hand`: quoted by another; `assumed`: unverified common knowledge. */
  readonly trust: 'read' | 'second-hand' | 'assumed';
}

/** `sizeGb` more gigabytes (2^30 bytes) at this price; the last tier has no end. */
export interface PriceTier {
  readonly sizeGb: number | undefined;
  readonly microsPerGb: Micros;
}

interface Sourced<T> {
  readonly value: T;
  readonly source: PriceSource;
}

interface FlatRatePlan {
  readonly name: string;
  readonly microsPerMonth: Micros;
  readonly requests: number;
  readonly dataGb: number;
}

/** Every price the product computes with, in force from one date on. Amounts are USD. */
export interface PriceTable {
  /** Names the table in stored reports: `2026-11-21`. Never changed once published; a correction is a new table. */
  readonly version: string;
  readonly effectiveFrom: Date;
  readonly currency: 'USD';
  /** CloudFront, data out to the internet, per month and region. */
  readonly transfer: Sourced<Readonly<Record<PriceRegion, readonly PriceTier[]>>>;
  /** Per 10,000 requests. */
  readonly requests: Sourced<
    Readonly<Record<PriceRegion, { readonly http: Micros; readonly https: Micros }>>
  >;
  /** CloudFront's allowance a month, over all regions. */
  readonly freeTier: Sourced<{
    readonly transferGb: number;
    readonly requests: number;
    readonly functionCalls: number;
    readonly keyValueReads: number;
  }>;
  readonly originTransferPerGb: Sourced<Micros>;
  readonly invalidation: Sourced<{ readonly freePathsPerMonth: number; readonly microsPerPath: Micros }>;
  readonly realTimeLogLinesPerMillion: Sourced<Micros>;
  readonly dedicatedIpSslPerMonth: Sourced<Micros>;
  readonly functionCallsPerMillion: Sourced<Micros>;
  readonly flatRatePlans: Sourced<readonly FlatRatePlan[]>;
  /** S3 Standard, us-east-1, per GB-month. */
  readonly storage: Sourced<readonly PriceTier[]>;
  readonly storageMonitoringPerThousandObjects: Sourced<Micros>;
  readonly archivePerGbMonth: Sourced<Micros>;
  /** Per 1,000. */
  readonly storageRequests: Sourced<{
    readonly write: Micros;
    readonly read: Micros;
    readonly infrequentRead: Micros;
  }>;
  readonly storageEgressFreeGbPerMonth: Sourced<number>;
  readonly costExplorerPerRequest: Sourced<Micros>;
  /** In billionths of a dollar: the one price below a micro. */
  readonly costExplorerHourlyPerRecordDayNanos: Sourced<number>;
  readonly budgets: Sourced<{ readonly free: number; readonly microsPerDay: Micros }>;
}

/** All published tables, oldest first. */
export const PRICE_TABLES: readonly PriceTable[] = [PRICES_2026_11];

/**
 * The table in force on a day. Usage from before the first table is priced by the first: the product is no older.
 * @throws `PRICE_UNKNOWN` for no date at all, or without any table.
 */
export function priceTableAt(date: Date, tables: readonly PriceTable[] = PRICE_TABLES): PriceTable {
  const inForce = tables.findLast((table) => table.effectiveFrom <= date) ?? tables[0];
  if (!inForce || Number.isNaN(date.getTime()))
    throw deliveryErrors.error('PRICE_UNKNOWN', { date: String(date) });
  return inForce;
}
