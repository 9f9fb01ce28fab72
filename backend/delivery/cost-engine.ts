import type { EdgeRegion, PriceRegion } from './edge-regions.ts';
import { PRICE_REGIONS } from './edge-regions.ts';
import type { Micros, PriceTable, PriceTier } from './price-table.ts';

const GB_BYTES = 1024n ** 3n;

/** What one region delivered in one calendar month. */
export interface RegionUsage {
  readonly region: EdgeRegion;
  readonly bytes: number;
  readonly httpRequests: number;
  readonly httpsRequests: number;
}

export interface RegionCost extends RegionUsage {
  readonly transferMicros: Micros;
  readonly requestMicros: Micros;
}

/** Exact cost of a volume that climbs through tiers, rounded once, half up. */
export function costOfTiers(bytes: bigint, tiers: readonly PriceTier[]): Micros {
  let left = bytes;
  let numerator = 0n;
  for (const { sizeGb, microsPerGb } of tiers) {
    const size = sizeGb === undefined ? left : BigInt(sizeGb) * GB_BYTES;
    const taken = left < size ? left : size;
    numerator += taken * BigInt(microsPerGb);
    left -= taken;
  }
  return roundHalfUp(numerator, GB_BYTES);
}

export interface MonthCostOptions {
  /** Subtract the CDN's monthly allowance first; it belongs to the whole account, so only whole-account usage should ask for it. */
  readonly applyFreeTier?: boolean;
}

/** The CDN's price of one month, region by region: tiers climb in every region by itself. */
export function costOfMonth(
  usage: readonly RegionUsage[],
  prices: PriceTable,
  { applyFreeTier = false }: MonthCostOptions = {},
): readonly RegionCost[] {
  const billed = applyFreeTier ? subtractFreeTier(usage, prices) : usage;
  return billed.map((regionUsage, index) => ({
    ...(usage[index] ?? regionUsage),
    transferMicros: costOfTiers(BigInt(regionUsage.bytes), transferTiers(regionUsage.region, prices)),
    requestMicros: requestCost(regionUsage, prices),
  }));
}

/** An edge of unknown region costs what the dearest would: an estimate must not flatter. */
function transferTiers(region: EdgeRegion, prices: PriceTable): readonly PriceTier[] {
  if (region !== 'unknown') return prices.transfer.value[region];
  return prices.transfer.value[dearest((one) => prices.transfer.value[one][0]?.microsPerGb ?? 0)];
}

function requestCost({ region, httpRequests, httpsRequests }: RegionUsage, prices: PriceTable): Micros {
  const known = region === 'unknown' ? dearest((one) => prices.requests.value[one].https) : region;
  const { http, https } = prices.requests.value[known];
  return roundHalfUp(BigInt(httpRequests) * BigInt(http) + BigInt(httpsRequests) * BigInt(https), 10_000n);
}

function dearest(priceOf: (region: PriceRegion) => number): PriceRegion {
  return PRICE_REGIONS.reduce((best, region) => (priceOf(region) > priceOf(best) ? region : best));
}

/** The allowance is spread over the regions by their share of the volume; how AWS spreads it is not published. */
function subtractFreeTier(usage: readonly RegionUsage[], prices: PriceTable): readonly RegionUsage[] {
  const { transferGb, requests } = prices.freeTier.value;
  const bytes = usage.map((one) => one.bytes);
  const freeBytes = allocate(Math.min(transferGb * Number(GB_BYTES), sum(bytes)), bytes);
  const https = usage.map((one) => one.httpsRequests);
  const http = usage.map((one) => one.httpRequests);
  const freeRequests = allocate(Math.min(requests, sum(https) + sum(http)), [...https, ...http]);
  return usage.map((one, index) => ({
    ...one,
    bytes: one.bytes - (freeBytes[index] ?? 0),
    httpsRequests: one.httpsRequests - (freeRequests[index] ?? 0),
    httpRequests: one.httpRequests - (freeRequests[usage.length + index] ?? 0),
  }));
}

/**
 * Split an amount by weights so that the parts add up to it exactly (largest remainder; ties go to the
 * earlier part). With no weight at all there is nobody to bear the amount, and all parts are zero.
 * @param total A safe integer, negative for a credit.
 * @param weights Safe integers, none negative.
 */
export function allocate(total: number, weights: readonly number[]): readonly number[] {
  const all = weights.reduce((sumSoFar, weight) => sumSoFar + BigInt(weight), 0n);
  if (all === 0n) return weights.map(() => 0);
  const amount = BigInt(Math.abs(total));
  const parts = weights.map((weight, index) => {
    const product = amount * BigInt(weight);
    return { index, whole: product / all, rest: product % all };
  });
  const missing = amount - parts.reduce((sumSoFar, part) => sumSoFar + part.whole, 0n);
  const byRest = [...parts].sort((a, b) =>
    a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1,
  );
  const raised = new Set(byRest.slice(0, Number(missing)).map((part) => part.index));
  const sign = total < 0 ? -1 : 1;
  return parts.map((part) => {
    const value = Number(part.whole) + (raised.has(part.index) ? 1 : 0);
    return value === 0 ? 0 : sign * value;
  });
}

function roundHalfUp(numerator: bigint, denominator: bigint): Micros {
  return Number((2n * numerator + denominator) / (2n * denominator));
}

function sum(values: readonly number[]): number {
  return values.reduce((sumSoFar, value) => sumSoFar + value, 0);
}
