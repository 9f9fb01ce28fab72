/**
 * `node network-child.ts CASE`: jobs over lines that are narrow, lose packets, or fall silent; prints one line of JSON. Needs
 * root, `ip` and `tc` in a namespace of its own (`unshare -n`).
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DownloadGrant } from '../../download/hosts/grant.ts';
import type { ObjectServer } from '../network/object-server.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { evolveFakeBuild, makeFakeBuild } from '../trees/tree-builder.ts';
import { JobBench, type JobScenario } from './job-scenarios.ts';
import { PlayerLines } from './player-lines.ts';
import { runAround, type SurroundingsReport } from './run-around.ts';

/** A kind of bad network. */
interface Case {
  readonly name: string;
  /** Ports the player is given, the best first, as `host:port`. */
  readonly hosts: (bench: Hosts) => readonly string[];
  readonly begin?: (lines: PlayerLines) => void;
  /** While the job runs. */
  readonly meanwhile?: (lines: PlayerLines) => Promise<void>;
  /** Whether a job can end at all. */
  readonly ends: boolean;
}

interface Hosts {
  readonly first: string;
  readonly second: string;
  /** Where there is nobody. */
  readonly nowhere: string;
  /** Takes connections and never says anything. */
  readonly mute: string;
}

const BOTH = [0, 1] as const;
const HALF_MEGABIT = { kilobitsPerS: 500, queueBytes: 100_000 };
/** Long enough that the job is downloading, short enough that it has not ended on lines of half a megabit. */
const MIDDLE_MS = 4000;
/** Six tries that are silent for 30 s each, with rests between them. */
const LONGEST_S = 360;

const bothHosts = ({ first, second }: Hosts) => [first, second];
const CASES: Readonly<Record<string, Case>> = {
  narrow: {
    name: 'a line of 2 Mbit/s',
    hosts: bothHosts,
    begin: (lines) => BOTH.forEach((line) => lines.shape(line, { kilobitsPerS: 2000, queueBytes: 100_000 })),
    ends: true,
  },
  lossy: {
    name: 'a line whose queue is too short and loses packets',
    hosts: bothHosts,
    begin: (lines) => BOTH.forEach((line) => lines.shape(line, { kilobitsPerS: 3000, queueBytes: 7000 })),
    ends: true,
  },
  random: {
    name: 'a line that loses 2 % of packets by chance, 100 ms long',
    hosts: bothHosts,
    begin: (lines) => BOTH.forEach((line) => lines.shake(line, { lostPercent: 2, delayMs: 100 })),
    ends: true,
  },
  nowhere: {
    name: 'a first host whose address leads nowhere',
    hosts: ({ nowhere, second }) => [nowhere, second],
    ends: true,
  },
  mute: {
    name: 'a first host that takes connections and never answers',
    hosts: ({ mute, second }) => [mute, second],
    ends: true,
  },
  silent: {
    name: 'a first host that falls silent in the middle',
    hosts: bothHosts,
    begin: (lines) => lines.shape(0, HALF_MEGABIT),
    meanwhile: (lines) => sleep(MIDDLE_MS).then(() => lines.silence(0)),
    ends: true,
  },
  'all silent': {
    name: 'all hosts fall silent in the middle',
    hosts: bothHosts,
    begin: (lines) => BOTH.forEach((line) => lines.shape(line, HALF_MEGABIT)),
    meanwhile: (lines) => sleep(MIDDLE_MS).then(() => BOTH.forEach((line) => lines.silence(line))),
    ends: false,
  },
};

const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-network-'));
const lines = await PlayerLines.open();
const first = makeFakeBuild({ seed: 5, packBytes: 1_500_000, assets: 20 });
const bench = await JobBench.start(path.join(scratch, 'bench'), [first, evolveFakeBuild(first, 6)]);
try {
  const report = await runCase(CASES[process.argv[2] ?? ''] as Case);
  process.stdout.write(`${JSON.stringify([report])}\n`);
} finally {
  lines.close();
  await bench.close();
  await removeTree(scratch);
}

async function runCase(wanted: Case): Promise<SurroundingsReport> {
  const server = await bench.serve('0.0.0.0');
  const mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, '0.0.0.0', resolve));
  try {
    return await runJobs(wanted, server, (mute.address() as { port: number }).port);
  } finally {
    mute.close();
    await server.close();
  }
}

async function runJobs(wanted: Case, server: ObjectServer, mutePort: number): Promise<SurroundingsReport> {
  const { port } = new URL(server.baseUrl);
  const [one, two] = lines.hosts;
  const hosts = wanted.hosts({
    first: `${one}:${port}`,
    second: `${two}:${port}`,
    nowhere: `${lines.nowhere}:${port}`,
    mute: `${one}:${mutePort}`,
  });
  const live = path.join(scratch, 'live');
  await mkdir(live);
  const lost = { lost: 0, sent: 0 };
  const report = await runAround({
    bench,
    live,
    name: wanted.name,
    scenarios: ['install', 'update by chunks'] satisfies JobScenario[],
    around: {
      prefix: lines.prefix,
      grant: (await toGrant(hosts, server)) satisfies DownloadGrant,
      longestS: LONGEST_S,
      ends: wanted.ends,
      before: () => wanted.begin?.(lines),
      meanwhile: () => wanted.meanwhile?.(lines),
      after: () => {
        for (const line of BOTH) {
          const counted = lines.count(line);
          lost.lost += counted.lost;
          lost.sent += counted.sent;
          lines.clear(line);
        }
      },
    },
  });
  return { ...report, packetsLost: lost.lost, packets: lost.sent };
}

async function toGrant(hosts: readonly string[], server: ObjectServer): Promise<DownloadGrant> {
  const { query } = await server.grants.current();
  const [best, ...mirrors] = hosts.map((host) => ({ baseUrl: `http://${host}/`, query }));
  return { ...(best as { baseUrl: string; query: string }), mirrors };
}
