import { expect, test } from 'vitest';
import { type FleetOptions, runFleet } from '../testing/network/fleet.ts';

const outage: Omit<FleetOptions, 'answer'> = {
  clients: 120,
  seed: 1,
  outageAt: 8,
  outageSeconds: 300,
  requestSeconds: 4,
  restart: { baseMs: 5_000, maxMs: 120_000 },
  patienceSeconds: 1200,
};

test.each<[string, FleetOptions['answer']]>([
  ['answers 503', { kind: 'status', status: 503 }],
  ['refuses connections', { kind: 'throw', code: 'ECONNREFUSED' }],
  ['asks for a minute’s rest', { kind: 'status', status: 429, headers: { 'retry-after': '60' } }],
])(
  'a fleet whose CDN %s sees less than a request in four seconds a client, and no wave when it is back',
  async (_what, answer) => {
    const report = await runFleet({ ...outage, answer });
    expect(report.finished).toBe(outage.clients);
    expect(report.healthyMax).toBeGreaterThan(outage.clients / 2);
    expect(report.outageMax).toBeLessThan(outage.clients / 4);
    expect(report.recoveryMax).toBeLessThan(report.healthyMax);
    expect(report.perClientDuringOutage).toBeLessThan(10);
  },
);
