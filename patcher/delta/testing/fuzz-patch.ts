import { AppError } from '../../errors.ts';
import { computeSha256 } from '../../formats/sha256.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { applyPatchToFolder } from '../apply/apply-patch.ts';
import { applyInMemory, makeSegment } from './apply-in-memory.ts';
import { type Attempt, forgePatch, type LayerName, LAYERS } from './fuzz-layers.ts';
import type { FuzzSubject } from './fuzz-subjects.ts';
import { openBytes, type PatchFixture } from './patch-fixture.ts';

/** No mutation may take more CPU time than this, whatever else the machine does. */
const DEADLINE_MS = 5000;
/**
 * No run may need more than this beside what it began with: a reader's 128 MiB, and what the collector has not yet
 * taken back of the readers before.
 */
const MEMORY_GROWTH_BYTES_MAX = 512 * 2 ** 20;
/** One in so many is also applied to folders. */
const FOLDER_SHARE = 200;
/** After so many, a patch that nothing was done to is read: none of those before may have left a trace. */
const UNTOUCHED_SHARE = 50;

const LAYER_NAMES = Object.keys(LAYERS) as LayerName[];
const RIGHT = 'right tree';

/** What became of the mutations of one layer. */
export interface LayerReport {
  /** How often each code, or `right tree`. */
  readonly outcomes: Map<string, number>;
  slowestMs: number;
}

export interface FuzzReport {
  readonly layers: Map<LayerName, LayerReport>;
  memoryGrowthBytes: number;
}

export interface FuzzOptions {
  readonly fixture: PatchFixture;
  readonly subjects: readonly FuzzSubject[];
  /** Mutations from `first` up to and without `end`; each depends on its number alone. */
  readonly first: number;
  readonly end: number;
}

/**
 * Tamper with patches and read them.
 * @throws {Error} When a mutation gives a wrong tree or an error without a code, or takes too long or too much memory; the message
 *   has its number.
 */
export async function fuzzPatches({ fixture, subjects, first, end }: FuzzOptions): Promise<FuzzReport> {
  const report: FuzzReport = {
    layers: new Map(LAYER_NAMES.map((name) => [name, { outcomes: new Map(), slowestMs: 0 }])),
    memoryGrowthBytes: 0,
  };
  const drawn = subjects.flatMap((subject) => Array.from({ length: subject.weight }, () => subject));
  const heldBytes = process.memoryUsage.rss();
  for (let number = first; number < end; number++) {
    const random = new SeededRandom(number);
    const layer = LAYER_NAMES[random.below(LAYER_NAMES.length)] as LayerName;
    const subject = drawn[random.below(drawn.length)] as FuzzSubject;
    const donor = drawn[random.below(drawn.length)] as FuzzSubject;
    const attempt = LAYERS[layer](subject, donor, random);
    const began = process.cpuUsage();
    const outcome = await judge(() => read(subject, attempt), number);
    const { user, system } = process.cpuUsage(began);
    const tookMs = (user + system) / 1000;
    const seen = report.layers.get(layer) as LayerReport;
    seen.outcomes.set(outcome, (seen.outcomes.get(outcome) ?? 0) + 1);
    seen.slowestMs = Math.max(seen.slowestMs, tookMs);
    const growthBytes = process.memoryUsage.rss() - heldBytes;
    report.memoryGrowthBytes = Math.max(report.memoryGrowthBytes, growthBytes);
    if (tookMs > DEADLINE_MS) throw new Error(`mutation ${number} took ${tookMs} ms`);
    if (growthBytes > MEMORY_GROWTH_BYTES_MAX)
      throw new Error(`mutation ${number} left ${growthBytes} bytes held`);
    if (number % UNTOUCHED_SHARE === 0) {
      const untouched = await judge(() => read(subject, { kind: 'patch', bytes: subject.bytes }), number);
      if (untouched !== RIGHT)
        throw new Error(`after mutation ${number}, an untouched patch gives ${untouched}`);
    }
    if (number % FOLDER_SHARE === 0) {
      const inFolders = await judge(() => readIntoFolder(fixture, subject, attempt), number);
      // A segment's wrong hash is an error only to those who do not hash the files it is written to.
      if (outcome === RIGHT && inFolders !== RIGHT) {
        throw new Error(`mutation ${number}: ${outcome}, but ${inFolders} in folders`);
      }
    }
  }
  return report;
}

/** @returns The code of the error that was thrown, or that the tree is right. */
async function judge(attempt: () => Promise<void>, number: number): Promise<string> {
  try {
    await attempt();
    return RIGHT;
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('PATCH_')) return error.code;
    throw new Error(`mutation ${number}: ${String(error)}`, { cause: error });
  }
}

async function read(subject: FuzzSubject, attempt: Attempt): Promise<void> {
  const { patch, oldContents } = subject;
  if (attempt.kind === 'patch') {
    const digest = await applyInMemory(attempt.bytes, oldContents);
    if (digest !== subject.newTreeDigest) throw new Error('a wrong tree');
    return;
  }
  const made = makeSegment(patch, attempt.segment, attempt.body, oldContents);
  if (computeSha256(made) !== patch.segments[attempt.row]?.newSha256) throw new Error('a wrong segment');
}

async function readIntoFolder(fixture: PatchFixture, subject: FuzzSubject, attempt: Attempt): Promise<void> {
  const bytes = attempt.kind === 'patch' ? attempt.bytes : forgePatch(subject, attempt);
  const { newTreeDigest } = await applyPatchToFolder({
    patch: await openBytes(bytes),
    oldRoot: subject.oldRoot,
    outRoot: fixture.fresh('out'),
    useCallingThread: true,
    memoryBytes: 0,
  });
  if (newTreeDigest !== subject.newTreeDigest) throw new Error('a wrong tree');
}

/** The report as a table of text: a line for each layer and outcome. */
export function formatReport({ layers, memoryGrowthBytes }: FuzzReport): string {
  const lines = [...layers].flatMap(([layer, { outcomes, slowestMs }]) => [
    ...[...outcomes]
      .sort(([, a], [, b]) => b - a)
      .map(([outcome, count]) => `${layer.padEnd(8)} ${outcome.padEnd(28)} ${String(count).padStart(7)}`),
    `${layer.padEnd(8)} slowest: ${Math.round(slowestMs)} ms`,
  ]);
  return [...lines, `memory: at most ${Math.round(memoryGrowthBytes / 2 ** 20)} MiB more`].join('\n');
}
