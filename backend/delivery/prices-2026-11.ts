import type { PriceRegion } from './edge-regions.ts';
import type { Micros, PriceSource, PriceTable, PriceTier } from './price-table.ts';

const TB = 1024; // In GB.
const PB = 1024 * TB;

const PRICING_PAGE: PriceSource = {
  text: 'aws.amazon.com/cloudfront/pricing, undated copy with the "Israel, and Türkiye" column, so 2025 or later',
  trust: 'read',
};
const WHITEPAPER: PriceSource = { text: 'AWS whitepaper on CloudFront', trust: 'read' };
const STORAGE_GUIDES: PriceSource = { text: 'globalxperts; usage.ai, June 2026', trust: 'second-hand' };

/** Sizes of the tiers of data out, in the order of the columns below. */
const TIER_SIZES_GB = [10 * TB, 40 * TB, 100 * TB, 350 * TB, 524 * TB, 4 * PB, undefined] as const;

/** In thousandths of a dollar per GB, as published. */
const TRANSFER_MILLS: Readonly<Record<PriceRegion, readonly number[]>> = {
  us: [85, 80, 60, 40, 30, 25, 20],
  eu: [85, 80, 60, 40, 30, 25, 20],
  za: [110, 105, 90, 80, 60, 50, 40],
  sa: [110, 105, 90, 80, 60, 50, 40],
  jp: [114, 89, 86, 84, 80, 70, 60],
  au: [114, 98, 94, 92, 90, 85, 80],
  ap: [120, 100, 95, 90, 80, 70, 60],
  in: [109, 85, 82, 80, 78, 75, 72],
};

function transferTiers(region: PriceRegion): readonly PriceTier[] {
  return TIER_SIZES_GB.map((sizeGb, index) => ({
    sizeGb,
    microsPerGb: (TRANSFER_MILLS[region][index] ?? 0) * 1000,
  }));
}

const US_REQUESTS = { http: 7500, https: 10_000 };
/** "Up to about $0.0220 per 10,000": the top of what is told of regions outside the US. */
const OTHER_REQUESTS = { http: 22_000, https: 22_000 };

function dollars(amount: number): Micros {
  return Math.round(amount * 1_000_000);
}

/** Prices as published in November 2026. */
export const PRICES_2026_11: PriceTable = {
  version: '2026-11-21',
  effectiveFrom: new Date('2025-01-01T00:00:00Z'),
  currency: 'USD',
  transfer: {
    value: {
      us: transferTiers('us'),
      eu: transferTiers('eu'),
      za: transferTiers('za'),
      sa: transferTiers('sa'),
      jp: transferTiers('jp'),
      au: transferTiers('au'),
      ap: transferTiers('ap'),
      in: transferTiers('in'),
    },
    source: PRICING_PAGE,
  },
  requests: {
    value: {
      us: US_REQUESTS,
      eu: OTHER_REQUESTS,
      za: OTHER_REQUESTS,
      sa: OTHER_REQUESTS,
      jp: OTHER_REQUESTS,
      au: OTHER_REQUESTS,
      ap: OTHER_REQUESTS,
      in: OTHER_REQUESTS,
    },
    source: {
      text: 'US: an infracost pull request and kindatechnical; other regions: the highest figure told, unverified',
      trust: 'assumed',
    },
  },
  freeTier: {
    value: { transferGb: TB, requests: 10_000_000, functionCalls: 2_000_000, keyValueReads: 2_000_000 },
    source: PRICING_PAGE,
  },
  originTransferPerGb: { value: 0, source: PRICING_PAGE },
  invalidation: { value: { freePathsPerMonth: 1000, microsPerPath: dollars(0.005) }, source: WHITEPAPER },
  realTimeLogLinesPerMillion: { value: dollars(0.01), source: WHITEPAPER },
  dedicatedIpSslPerMonth: { value: dollars(600), source: WHITEPAPER },
  functionCallsPerMillion: { value: dollars(0.1), source: WHITEPAPER },
  flatRatePlans: {
    value: [
      { name: 'Free', microsPerMonth: 0, requests: 1_000_000, dataGb: 100 },
      { name: 'Pro', microsPerMonth: dollars(15), requests: 10_000_000, dataGb: 50 * TB },
      { name: 'Business', microsPerMonth: dollars(200), requests: 125_000_000, dataGb: 50 * TB },
      { name: 'Premium', microsPerMonth: dollars(1000), requests: 500_000_000, dataGb: 50 * TB },
      {
        name: 'Premium, largest',
        microsPerMonth: dollars(10_000),
        requests: 6_000_000_000,
        dataGb: 600 * TB,
      },
    ],
    source: { text: 'api-evangelist/cloudfront, as of 2026-09-05; plans since 2025-11-18', trust: 'read' },
  },
  storage: {
    value: [
      { sizeGb: 50 * TB, microsPerGb: dollars(0.023) },
      { sizeGb: 450 * TB, microsPerGb: dollars(0.022) },
      { sizeGb: undefined, microsPerGb: dollars(0.021) },
    ],
    source: STORAGE_GUIDES,
  },
  storageMonitoringPerThousandObjects: { value: dollars(0.0025), source: STORAGE_GUIDES },
  archivePerGbMonth: { value: dollars(0.00099), source: { text: 'go-cloud', trust: 'read' } },
  storageRequests: {
    value: { write: dollars(0.005), read: dollars(0.0004), infrequentRead: dollars(0.0125) },
    source: { text: 'long-standing S3 request prices', trust: 'assumed' },
  },
  storageEgressFreeGbPerMonth: { value: 100, source: { text: 'AWS S3 pricing', trust: 'read' } },
  costExplorerPerRequest: {
    value: dollars(0.01),
    source: { text: 'aws.amazon.com, Cost Explorer pricing', trust: 'read' },
  },
  costExplorerHourlyPerRecordDayNanos: {
    value: 330, // $0.00000033
    source: { text: 'aws.amazon.com, Cost Explorer pricing', trust: 'read' },
  },
  budgets: {
    value: { free: 2, microsPerDay: dollars(0.02) },
    source: { text: 'an older AWS guide; now said to be free without actions', trust: 'assumed' },
  },
};
