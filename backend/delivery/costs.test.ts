import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, costOfMonth, costOfTiers } from './cost-engine.ts';
import { type CostReportOptions, computeCostReport, type GrantFacts } from './cost-report.ts';
import { PRICE_REGIONS } from './edge-regions.ts';
import { PRICE_TABLES, priceTableAt } from './price-table.ts';
import type { UsageRow } from './usage.ts';

const prices = priceTableAt(new Date('2026-11-21'));
const GB = 1024 ** 3;
const TB = 1024 * GB;
const dollars = (micros: number): string => (micros / 1_000_000).toFixed(2);

describe('the price table', () => {
  it('reproduces the worked example: 1,024 TB in the US', () => {
    expect(dollars(costOfTiers(BigInt(1024 * TB), prices.transfer.value.us))).toBe('40724.48');
  });

  it.each([
    [10, '870.40'],
    [50, '4147.20'],
    [150, '10291.20'],
    [500, '24627.20'],
    [5 * 1024, '145582.08'],
  ])('prices the first %i TB in the US', (terabytes, expected) => {
    expect(dollars(costOfTiers(BigInt(terabytes * TB), prices.transfer.value.us))).toBe(expected);
  });

  it('prices the petabyte’s requests: at 1 MiB each, and at 64 KiB', () => {
    const requestsOf = (sizeBytes: number): string => {
      const usage = {
        region: 'us',
        bytes: 0,
        httpRequests: 0,
        httpsRequests: (1024 * TB) / sizeBytes,
      } as const;
      return dollars(costOfMonth([usage], prices)[0]?.requestMicros ?? 0);
    };
    expect(requestsOf(1024 ** 2)).toBe('1073.74');
    expect(requestsOf(64 * 1024)).toBe('17179.87');
  });

  it('takes the free tier off a month once, wherever it was delivered', () => {
    const usage = [
      { region: 'us', bytes: TB, httpRequests: 0, httpsRequests: 4_000_000 },
      { region: 'jp', bytes: TB, httpRequests: 6_000_000, httpsRequests: 0 },
    ] as const;
    const [us, jp] = costOfMonth(usage, prices, { applyFreeTier: true });
    expect(dollars(us?.transferMicros ?? 0)).toBe('43.52');
    expect(dollars(jp?.transferMicros ?? 0)).toBe('58.37');
    expect([us?.requestMicros, jp?.requestMicros]).toEqual([0, 0]);
    expect(us?.bytes).toBe(TB);
  });

  it('prices an unknown region like the dearest', () => {
    const cost = (region: 'unknown' | 'ap') =>
      costOfMonth([{ region, bytes: TB, httpRequests: 5, httpsRequests: 5 }], prices)[0];
    expect(cost('unknown')).toEqual({ ...cost('ap'), region: 'unknown' });
  });

  it('has falling tiers without end for every region, and a source for every figure', () => {
    for (const region of PRICE_REGIONS) {
      const tiers = prices.transfer.value[region];
      expect(tiers).toHaveLength(7);
      expect(tiers.at(-1)?.sizeGb).toBeUndefined();
      for (const [index, tier] of tiers.entries()) {
        expect(tier.microsPerGb).toBeGreaterThan(0);
        expect(tier.microsPerGb).toBeLessThanOrEqual(
          tiers[index - 1]?.microsPerGb ?? Number.POSITIVE_INFINITY,
        );
      }
    }
    for (const entry of Object.values(prices)) {
      if (typeof entry === 'object' && 'source' in entry) expect(entry.source.text.length).toBeGreaterThan(5);
    }
  });

  it('is chosen by its date', () => {
    const [first] = PRICE_TABLES;
    const later = { ...prices, version: '2027-06-01', effectiveFrom: new Date('2027-06-01') };
    const tables = [...PRICE_TABLES, later];
    expect(priceTableAt(new Date('2027-05-31'), tables).version).toBe(first?.version);
    expect(priceTableAt(new Date('2027-06-01'), tables).version).toBe('2027-06-01');
    expect(priceTableAt(new Date('2020-01-01'), tables).version).toBe(first?.version);
    expect(() => priceTableAt(new Date('nonsense'))).toThrow(
      expect.objectContaining({ code: 'PRICE_UNKNOWN' }),
    );
  });
});

describe('allocate', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [10, [0, 3, 0], [0, 10, 0]],
    [1, [5, 5], [1, 0]],
    [7, [0, 0], [0, 0]],
    [5, [], []],
  ])('splits %i by %j', (total, weights, expected) => {
    expect(allocate(total, weights)).toEqual(expected);
  });

  it('adds up exactly, and no part is a unit away from fair', () => {
    const weights = fc.array(fc.nat(Number.MAX_SAFE_INTEGER), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.maxSafeInteger(), weights, (total, shares) => {
        const parts = allocate(total, shares);
        const all = shares.reduce((sum, share) => sum + BigInt(share), 0n);
        if (all === 0n) return;
        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(total));
        for (const [index, part] of parts.entries()) {
          const away = BigInt(part) * all - BigInt(total) * BigInt(shares[index] ?? 0);
          expect(away < all && away > -all).toBe(true);
        }
      }),
    );
  });
});

describe('the cost report', () => {
  const grants = new Map<string, GrantFacts>([
    ['in', { gameId: 'skyforge', depot: 'linux', buildId: 7, reason: 'install' }],
    ['up', { gameId: 'skyforge', depot: 'linux', buildId: 8, reason: 'update' }],
  ]);
  const options: CostReportOptions = { prices, grants: (id) => grants.get(id) };
  let count = 0;
  const row = (overrides: Partial<UsageRow> = {}): UsageRow => {
    count += 1;
    return {
      id: `row-${count}`,
      time: new Date('2026-11-21T12:00:00Z'),
      edgeLocation: 'IAD89-C1',
      region: 'us',
      grantId: 'in',
      objectKind: 'pack',
      gameId: 'skyforge',
      depot: 'linux',
      status: 206,
      bytes: GB,
      requests: 1,
      isHttps: true,
      isCacheHit: true,
      ...overrides,
    };
  };

  it('groups by month, game, build, region, reason and route', () => {
    const rows = [
      row(),
      row({ bytes: 2 * GB }),
      row({ objectKind: 'manifest', bytes: 1000 }),
      row({ grantId: 'up', objectKind: 'patch' }),
      row({ grantId: 'up', objectKind: 'patch', region: 'jp' }),
      row({ time: new Date('2026-12-01T00:00:00Z') }),
      row({ grantId: undefined, gameId: undefined, depot: undefined, objectKind: undefined }),
    ];
    const { lines, totals } = computeCostReport(rows, options);
    expect(
      lines.map((line) => [
        line.month,
        line.gameId,
        line.buildId,
        line.region,
        line.reason,
        line.route,
        line.requests,
      ]),
    ).toEqual([
      ['2026-11', undefined, undefined, 'us', 'unattributed', 'other', 1],
      ['2026-11', 'skyforge', 7, 'us', 'install', 'chunks', 2],
      ['2026-11', 'skyforge', 7, 'us', 'install', 'manifest', 1],
      ['2026-11', 'skyforge', 8, 'jp', 'update', 'patch', 1],
      ['2026-11', 'skyforge', 8, 'us', 'update', 'patch', 1],
      ['2026-12', 'skyforge', 7, 'us', 'install', 'chunks', 1],
    ]);
    expect(lines[1]).toMatchObject({
      bytes: 3 * GB,
      transferMicros: 255_000,
      requestMicros: 2,
      costMicros: 255_002,
      cacheHits: 2,
    });
    expect(totals.requests).toBe(7);
    expect(totals.costMicros).toBe(lines.reduce((sum, line) => sum + line.costMicros, 0));
  });

  it('counts a row that comes again once, in any order', () => {
    const rows = Array.from({ length: 20 }, (_, index) =>
      row({ bytes: index * 1_000_003, grantId: index % 2 ? 'in' : 'up' }),
    );
    const once = computeCostReport(rows, options);
    expect(computeCostReport([...rows, ...rows].reverse(), options)).toEqual(once);
  });

  it('lays bytes to the game in the path, whatever grant a client writes beside it', () => {
    const { lines } = computeCostReport([row({ gameId: 'other' }), row({ grantId: 'unknown' })], options);
    expect(lines.map((line) => [line.gameId, line.buildId, line.reason])).toEqual([
      ['other', undefined, 'unattributed'],
      ['skyforge', undefined, 'unattributed'],
    ]);
  });

  it('prices a region’s whole month by its tiers before sharing it out', () => {
    const rows = [row({ bytes: 512 * TB }), row({ bytes: 512 * TB, grantId: 'up' })];
    const { lines } = computeCostReport(rows, options);
    expect(lines.map((line) => dollars(line.transferMicros))).toEqual(['20362.24', '20362.24']);
  });

  it('shares an invoice so that the lines add up to it exactly, and names the residual', () => {
    const usage = fc.array(
      fc.record({
        bytes: fc.nat(10 ** 13),
        region: fc.constantFrom(...PRICE_REGIONS, 'unknown' as const),
        grantId: fc.constantFrom('in', 'up', undefined),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(usage, fc.nat(10 ** 12), (facts, invoice) => {
        const rows = facts.map((fact) => row(fact));
        const plain = computeCostReport(rows, options);
        const billed = computeCostReport(rows, { ...options, invoices: { '2026-11': invoice } });
        expect(billed.totals.costMicros).toBe(invoice);
        expect(billed.residualMicros).toBe(invoice - plain.totals.costMicros);
      }),
    );
  });

  it('has no lines and no cost without usage', () => {
    expect(computeCostReport([], options)).toMatchObject({
      lines: [],
      totals: { bytes: 0, costMicros: 0 },
      residualMicros: undefined,
    });
  });
});
