import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchProblem } from './bench-problem.ts';
import { measureCommand } from './measure/measure-command.ts';
import { takeTurns } from './measure/take-turns.ts';
import type { Usage } from './measure/usage.ts';
import type { Pair } from './pairs/provide-pair.ts';
import type { Applied, Made, Peer } from './peers/peer.ts';
import type { PairFacts, Result } from './report/result.ts';
import { type ListedFile, type TreeChanges, findDifferences, listFiles } from './trees/list-files.ts';

export interface ReadyPair extends Pair {
  readonly facts: PairFacts;
  readonly newFiles: readonly ListedFile[];
  readonly changes: TreeChanges;
}

export interface PairBench {
  /** Scratch space of this run alone. */
  readonly work: string;
  readonly timeoutMs: number;
  readonly log: (line: string) => void;
  /** @returns undefined, and a remark, when a peer meets a problem that others need not share. */
  readonly attempt: <Value>(peer: Peer, work: () => Promise<Value>) => Promise<Value | undefined>;
}

/** What is known of a tool once its work was measured; which version it was, others know. */
export type Measurement = Omit<Result, 'version'>;

/** A quick command is measured so often at most … */
const RUNS = 5;
/** … and as long as its runs together take no longer. */
const RUNS_SECONDS = 10;

/**
 * Let tools make what players download for a pair, then make the new tree from it, each time in turns. What was made is
 * compared byte for byte.
 * @returns One measurement for each tool that met no problem.
 */
export async function measurePair(
  pair: ReadyPair,
  peers: readonly Peer[],
  bench: PairBench,
): Promise<ReadonlyMap<Peer, Measurement>> {
  const rounds = { most: ({ once }: Peer) => (once ? 1 : RUNS), seconds: RUNS_SECONDS };
  const ends: NonNullable<Made['end']>[] = [];
  try {
    const made = await takeTurns(peers, rounds, async (peer, round) => {
      const one = await bench.attempt(peer, async () => await make(pair, peer, round, bench));
      if (one?.end !== undefined) ends.push(one.end);
      return one;
    });
    const applied = await takeTurns([...made.keys()], rounds, async (peer, round) => {
      const { apply } = made.get(peer) as Made;
      return await bench.attempt(
        peer,
        async () => await applyAndCompare(pair, peer, { apply, round, bench }),
      );
    });
    return new Map(
      [...applied].map(([peer, one]) => [peer, describe(pair, peer, made.get(peer) as Made, one)]),
    );
  } finally {
    for (const end of ends) await end();
  }
}

async function make(pair: ReadyPair, peer: Peer, round: number, bench: PairBench): Promise<Made> {
  const scratch = join(workOf(pair, peer, bench), `made-${round}`);
  await makeRoom(pair, bench);
  await mkdir(scratch, { recursive: true });
  return await peer.make({
    oldRoot: pair.oldRoot,
    newRoot: pair.newRoot,
    changes: pair.changes,
    scratch,
    measure: async (command, args) => await measureCommand(command, args, { timeoutMs: bench.timeoutMs }),
  });
}

async function applyAndCompare(
  pair: ReadyPair,
  peer: Peer,
  {
    apply,
    round,
    bench,
  }: { readonly apply: Made['apply']; readonly round: number; readonly bench: PairBench },
): Promise<Applied> {
  await makeRoom(pair, bench);
  const outRoot = join(workOf(pair, peer, bench), `applied-${round}`);
  const applied = await apply(outRoot);
  const differences = findDifferences(pair.newFiles, await listFiles(outRoot));
  if (differences.length > 0) {
    const some = differences.slice(0, 3).join(', ');
    throw new BenchProblem(
      `made a wrong tree: ${differences.length} files differ (${some}).`,
      'Not counted.',
    );
  }
  return applied;
}

function workOf({ facts }: ReadyPair, peer: Peer, { work }: PairBench): string {
  return join(work, facts.id, peer.id);
}

function describe(pair: ReadyPair, peer: Peer, made: Made, applied: Applied): Measurement {
  const details = {
    ...(made.details === undefined ? {} : { diff: made.details }),
    ...(applied.details === undefined ? {} : { apply: applied.details }),
  };
  return {
    pair: pair.facts.id,
    peer: peer.id,
    versions: pair.versions,
    newBytes: pair.facts.newBytes,
    downloadBytes: applied.downloadBytes,
    diff: keepUsage(made.usage),
    apply: keepUsage(applied.usage),
    measuredAt: new Date().toISOString(),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

/** Without what the command printed. */
function keepUsage({ cpuSeconds, peakBytes, wallSeconds }: Usage): Usage {
  return { cpuSeconds, peakBytes, wallSeconds };
}

/** What a tool may keep beside its output, of old and new bytes together: stores, tars and patches of its own. */
const SCRATCH_FACTOR = 4;

/**
 * Nothing a tool made is deleted before the run ends, while there is room: for minutes ext4 gives no deleted inode again
 * where it has no journal, and looks at each for every new file, so that a tool would pay for the one before.
 */
async function makeRoom({ facts }: ReadyPair, { work, log }: PairBench): Promise<void> {
  await mkdir(work, { recursive: true });
  const { bavail, bsize } = await statfs(work);
  if (bavail * bsize > SCRATCH_FACTOR * (facts.oldBytes + facts.newBytes)) return;
  const others = (await readdir(work)).filter((folder) => folder !== facts.id);
  if (others.length === 0) return;
  log(
    '  The disk has little room: what was made is deleted, and the next figures of many files may be high.',
  );
  for (const folder of others) await rm(join(work, folder), { recursive: true });
}
