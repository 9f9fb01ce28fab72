import { expect, test } from 'vitest';
import { type FleetOptions, runFleet } from '../testing/network/fleet.ts';

/** Ten thousand launchers, and what their CDN may see of them in any second while it fails; they ask ten times as much when it works. */
const CLIENTS = 10_000;
const REQUESTS_PER_SECOND_MAX = 2_500;

test.each<[string, FleetOptions['answer']]>([
  ['answers 503', { kind: 'status', status: 503 }],
  ['refuses connections', { kind: 'throw', code: 'ECONNREFUSED' }],
  ['asks for a minute’s rest', { kind: 'status', status: 429, headers: { 'retry-after': '60' } }],
])(
  'ten thousand clients whose CDN %s for ten minutes never send more than the bound',
  async (what, answer) => {
    const report = await runFleet({
      answer,
      clients: CLIENTS,
      seed: 7,
      outageAt: 8,
      outageSeconds: 600,
      requestSeconds: 4,
      restart: { baseMs: 5_000, maxMs: 120_000 },
      patienceSeconds: 1200,
    });
    const { finished, healthyMax, outageMax, recoveryMax, perClientDuringOutage, perSecond } = report;
    console.log(
      `a CDN that ${what}: ${healthyMax} requests/s before, at most ${outageMax} while it lasted, ${recoveryMax} after, ` +
        `${perClientDuringOutage.toFixed(1)} a client, all done ${perSecond.length - 608} s after it`,
    );
    expect(finished).toBe(CLIENTS);
    expect(outageMax).toBeLessThanOrEqual(REQUESTS_PER_SECOND_MAX);
    expect(recoveryMax).toBeLessThan(healthyMax);
  },
);
