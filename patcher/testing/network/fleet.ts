import { AppError } from '../../errors.ts';
import { ObjectFetcher } from '../../download/object-fetcher.ts';
import { runParallel } from '../../download/parallel-streams.ts';
import { SeededRandom } from '../random-bytes.ts';
import { VirtualCdn, type VirtualFault } from './virtual-cdn.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface FleetOptions {
  readonly clients: number;
  readonly seed: number;
  /** Seconds from the start at which the CDN fails, and for how long. */
  readonly outageAt: number;
  readonly outageSeconds: number;
  /** What it answers meanwhile. */
  readonly answer: VirtualFault;
  /** Seconds one request of a healthy client takes. */
  readonly requestSeconds: number;
  /** How long the launcher waits before it starts a failed download again: its bounds, in ms. */
  readonly restart: { readonly baseMs: number; readonly maxMs: number };
  /** Every client has finished this long after the outage, or the run fails. */
  readonly patienceSeconds: number;
}

export interface FleetReport {
  /** Requests in each second. */
  readonly perSecond: readonly number[];
  readonly finished: number;
  /** Requests of the busiest second before the outage. */
  readonly healthyMax: number;
  /** The same while it lasted. */
  readonly outageMax: number;
  /** The same from its end until everybody has finished: what is answered again counts too. */
  readonly recoveryMax: number;
  /** Requests while it lasted, per client. */
  readonly perClientDuringOutage: number;
}

const RANGE_BYTES = 1024;

/** Many launchers whose CDN fails under them and comes back, in virtual time. */
export async function runFleet(options: FleetOptions): Promise<FleetReport> {
  const clock = new VirtualClock();
  const cdn = new VirtualCdn(clock, new SeededRandom(1).bytes(RANGE_BYTES * 64));
  cdn.latencyMs = options.requestSeconds * 1000;
  const beginsAt = options.outageAt * 1000;
  const endsAt = beginsAt + options.outageSeconds * 1000;
  const downAt = (at: number) => at >= beginsAt && at < endsAt;
  // What is under way when it fails breaks as well: its answer would come during the outage.
  const perSecond: number[] = [];
  cdn.keepsRequests = false;
  cdn.fault = ({ at }) => {
    const second = Math.floor(at / 1000);
    while (perSecond.length <= second) perSecond.push(0);
    perSecond[second] = (perSecond[second] as number) + 1;
    return downAt(at) || downAt(at + cdn.latencyMs) ? options.answer : undefined;
  };
  let finished = 0;
  const clients = Array.from({ length: options.clients }, async (_, index) => {
    const random = new SeededRandom(options.seed * 1_000_003 + index);
    await clock.sleep((random.word() / 2 ** 32) * options.requestSeconds * 1000);
    await download({ cdn, clock, random, options });
    finished++;
  });
  await clock.run(Promise.all(clients));
  return { ...count(perSecond, options), finished };
}

interface Client {
  readonly cdn: VirtualCdn;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly options: FleetOptions;
}

/** Requests enough to be busy when the outage begins; a failed download is started again, as the launcher does. */
async function download({ cdn, clock, random, options }: Client): Promise<void> {
  const uniform = () => random.word() / 2 ** 32;
  const fetcher = new ObjectFetcher({
    grants: cdn.grantsFor('cdn'),
    fetch: cdn.fetch,
    clock,
    random: uniform,
    wallClock: clock.now,
  });
  const requests = Math.ceil((options.outageAt / options.requestSeconds) * 4) + 16;
  const left = new Set(Array.from({ length: requests }, (_, index) => index));
  for (let failures = 1; left.size > 0; failures++) {
    try {
      await runParallel([...left], { width: () => fetcher.width.current }, async (index, signal) => {
        for await (const bytes of fetcher.fetchRange(
          'c/pack',
          (index % 64) * RANGE_BYTES,
          RANGE_BYTES,
          signal,
        ))
          void bytes;
        left.delete(index);
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { baseMs, maxMs } = options.restart;
      await clock.sleep(uniform() * Math.min(maxMs, baseMs * 2 ** (failures - 1)));
    }
    if (clock.now() > (options.outageAt + options.outageSeconds + options.patienceSeconds) * 1000) return;
  }
}

function count(perSecond: readonly number[], { outageAt, outageSeconds, clients }: FleetOptions) {
  const during = perSecond.slice(outageAt, outageAt + outageSeconds);
  return {
    perSecond,
    healthyMax: Math.max(...perSecond.slice(0, outageAt)),
    outageMax: Math.max(...during),
    recoveryMax: Math.max(...perSecond.slice(outageAt + outageSeconds)),
    perClientDuringOutage: during.reduce((sum, each) => sum + each, 0) / clients,
  };
}
