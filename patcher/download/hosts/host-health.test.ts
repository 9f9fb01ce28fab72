import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../testing/network/virtual-clock.ts';
import { downloadErrors } from '../download-errors.ts';
import type { GrantedHost } from './grant.ts';
import { type Attempt, HostHealth } from './host-health.ts';

const near: GrantedHost = { baseUrl: 'https://near/', query: '' };
const far: GrantedHost = { baseUrl: 'https://far/', query: '' };
const busy = downloadErrors.error('DOWNLOAD_SERVER_BUSY', { status: 503 });

function setUp(random = 0.5) {
  const clock = new VirtualClock();
  const health = new HostHealth(clock, () => random);
  const go = (...hosts: GrantedHost[]): Attempt => {
    const admission = health.admit(hosts);
    if (admission.kind !== 'go') throw new Error(`not admitted: ${admission.kind}`);
    return admission.attempt;
  };
  const failTimes = (count: number, host = near) => {
    for (let index = 0; index < count; index++) go(host).failed(busy);
  };
  return { clock, health, go, failTimes };
}

describe('HostHealth', () => {
  test('opens after three failures in a row, lets one probe through after the wait, and closes by its answer', async () => {
    const { clock, health, go, failTimes } = setUp();
    failTimes(3);
    expect(health.admit([near])).toEqual({ kind: 'wait', ms: 5000 });
    await clock.run(clock.sleep(5000));
    const probe = go(near);
    expect(health.admit([near])).toMatchObject({ kind: 'wait' });
    probe.answered();
    expect([go(near), go(near)]).toHaveLength(2);
  });

  test('a probe that fails opens for twice as long, and after three nobody waits any longer', async () => {
    const { clock, health, go, failTimes } = setUp();
    failTimes(3);
    for (const waitMs of [5000, 10_000, 20_000]) {
      expect(health.admit([near])).toEqual({ kind: 'wait', ms: waitMs });
      await clock.run(clock.sleep(waitMs));
      go(near).failed(busy);
    }
    expect(health.admit([near])).toEqual({ kind: 'down', error: busy });
    await clock.run(clock.sleep(40_000));
    go(near).answered();
    expect(health.admit([near]).kind).toBe('go');
  });

  test('a probe that ends without telling anything frees its place', async () => {
    const { clock, health, go, failTimes } = setUp();
    failTimes(3);
    await clock.run(clock.sleep(5000));
    const woken = health.changed;
    go(near).released();
    await woken;
    expect(health.admit([near]).kind).toBe('go');
  });

  test('one answer between failures keeps the circuit closed, and so does time', async () => {
    const { clock, health, go, failTimes } = setUp();
    failTimes(2);
    go(near).answered();
    failTimes(2);
    await clock.run(clock.sleep(31_000));
    failTimes(2);
    expect(health.admit([near]).kind).toBe('go');
  });

  test('asks the next host after a failure, and comes back to the first when that is well again', async () => {
    const { clock, health, go, failTimes } = setUp();
    failTimes(1);
    expect(go(near, far).host).toBe(far);
    await clock.run(clock.sleep(31_000));
    expect(go(near, far).host).toBe(near);
    failTimes(3);
    expect(go(near, far).host).toBe(far);
    await clock.run(clock.sleep(5000));
    const probe = go(near, far);
    expect(probe.host).toBe(near);
    expect(go(near, far).host).toBe(far);
    probe.answered();
    expect(go(near, far).host).toBe(near);
    expect(health.admit([far]).kind).toBe('go');
  });

  test('leaves a host alone for as long as it asked, and longer by up to the same for the sake of others', () => {
    for (const [random, waitMs] of [
      [0, 60_000],
      [0.99, 119_400],
    ] as const) {
      const { health, go } = setUp(random);
      go(near).failed(busy, 60_000);
      const admission = health.admit([near]);
      expect(admission.kind === 'wait' ? admission.ms : 0).toBeCloseTo(waitMs, 6);
    }
  });

  test('says so at once where a host asked for more than a player would watch', () => {
    const { health, go } = setUp();
    go(near).failed(busy, 600_000);
    expect(health.admit([near])).toEqual({ kind: 'down', error: busy });
  });

  test('knows a host by its name, whatever game lies on it', () => {
    const { health, failTimes } = setUp();
    failTimes(3, { baseUrl: 'https://near/t/skylark/linux/', query: 'a' });
    expect(health.admit([{ baseUrl: 'https://near/t/orrery/web/', query: 'b' }]).kind).toBe('wait');
  });

  test('streams that break while it is open do not prolong the wait', () => {
    const { health, go, failTimes } = setUp();
    const late = [go(near), go(near)];
    failTimes(3);
    for (const attempt of late) attempt.failed(busy);
    expect(health.admit([near])).toEqual({ kind: 'wait', ms: 5000 });
  });
});
