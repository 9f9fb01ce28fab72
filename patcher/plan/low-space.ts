import { coalesceRanges } from '../download/coalesce-ranges.ts';
import type { FileEntry } from '../formats/manifest.ts';
import { foldPath } from '../paths/path-fold.ts';
import { collectChunkNeeds, planChunkRequests } from './chunk-needs.ts';
import { ChunkSeeds } from './chunk-seeds.ts';
import { BLOCK_BYTES, JOURNAL_RECORD_BYTES, STATE_BYTES, stepBytes, toBlocks } from './disk-blocks.ts';
import type { EntryOperation, PatchCandidate, Plan, PlanInput } from './plan.ts';
import { PlacedChunks } from './placed-chunks.ts';
import { atOnce } from '../threads/slices.ts';

/** Bytes made before they are put in place: small enough to be a small extra, large enough for whole requests. */
const BATCH_BYTES = 32 * 2 ** 20;

/** One step of an update that replaces files as it goes. Old files are named by path, new ones by entry. */
export interface LowSpaceBatch {
  /** Segments to make, in parallel. */
  readonly segments: readonly number[];
  /** Files that are whole after it, and are then put in place. */
  readonly entries: readonly number[];
  /** Old files that make way now and are still read later: they are moved out of the tree. */
  readonly retain: readonly string[];
  /** Old files in the way of this step's files, which nothing reads any more. */
  readonly clear: readonly string[];
  /** Old folders in their way, deepest first. */
  readonly clearFolders: readonly string[];
  /** Retained files that nothing reads after this step. */
  readonly release: readonly string[];
  /** Old files the new build lacks, which nothing reads after this step. */
  readonly remove: readonly string[];
}

/** An update in steps, none of which destroys what a later one reads. */
export interface LowSpacePlan {
  readonly batches: readonly LowSpaceBatch[];
  /** Files made by patch; others by chunks. */
  readonly patched: readonly number[];
  readonly downloadBytes: number;
  readonly requests: number;
  /** Most space needed beyond what is used now, at any moment. */
  readonly diskPeakBytes: number;
}

/** Something made in one go: a segment, or a file by chunks. */
interface Unit {
  readonly segment: number | undefined;
  readonly entry: number | undefined;
  readonly sizeBytes: number;
}

/**
 * Plan an update file by file, for a disk that does not hold both builds' changed files at once. Old files are
 * read from where they lie; one that must make way before its last use is moved out of the tree until then, which
 * is how cycles (two files that change places) are broken. Of several orders the one with the lowest peak is taken.
 * @param plan The route that was chosen; what it makes by patch is made by patch here too.
 * @param batchBytes Made before it is put in place: less needs less space and more requests.
 * @returns undefined when nothing is made, so that there is nothing to do in steps.
 */
export function planLowSpace(
  input: PlanInput,
  plan: Plan,
  batchBytes = BATCH_BYTES,
): LowSpacePlan | undefined {
  const patch = plan.patch === undefined ? undefined : input.patches[plan.patch];
  const patched = entriesOf(plan, 'patch');
  const made = [...entriesOf(plan, 'copy'), ...entriesOf(plan, 'chunks')].sort((a, b) => a - b);
  if (input.installed === null || made.length + patched.length === 0) return undefined;
  const segments = plan.segments.map(
    (segment): Unit => ({ segment, entry: undefined, sizeBytes: madeBytes(patch, segment) }),
  );
  const context = new Context(input, plan, patch);
  const files = made.map((entry): Unit => {
    return { segment: undefined, entry, sizeBytes: context.fileAt(entry)?.sizeBytes ?? 0 };
  });
  const orders = [files, byGrowth(files, context), readersFirst(files, context)];
  const plans = orders.map((order) => context.planBatches(cutBatches([...order, ...segments], batchBytes)));
  return plans.reduce((best, other) => (other.diskPeakBytes < best.diskPeakBytes ? other : best));
}

function entriesOf(plan: Plan, kind: EntryOperation['kind']): number[] {
  return plan.operations.filter((operation) => operation.kind === kind).map(({ entry }) => entry);
}

function madeBytes(patch: PatchCandidate | undefined, segment: number): number {
  return patch?.segments[segment]?.outputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) ?? 0;
}

/** At least one batch: files may be whole in staging already, or empty. */
function cutBatches(units: readonly Unit[], batchBytes: number): Unit[][] {
  const batches: Unit[][] = [[]];
  let madeBytes = 0;
  for (const unit of units) {
    if (madeBytes > 0 && madeBytes + unit.sizeBytes > batchBytes) {
      batches.push([]);
      madeBytes = 0;
    }
    batches.at(-1)?.push(unit);
    madeBytes += unit.sizeBytes;
  }
  return batches;
}

/** Files that free more than they take come first. */
function byGrowth(files: readonly Unit[], context: Context): Unit[] {
  const growth = ({ entry = -1, sizeBytes }: Unit) => sizeBytes - context.replacedBytes(entry);
  return [...files].sort((a, b) => growth(a) - growth(b));
}

/** Each file after those that read what it replaces, as far as there is no cycle. */
function readersFirst(files: readonly Unit[], context: Context): Unit[] {
  const reads = files.flatMap((unit) => [...context.readsOf(unit.entry ?? -1)].map((old) => ({ old, unit })));
  const readers = Map.groupBy(reads, ({ old }) => old);
  const order = new Set<Unit>();
  const visited = new Set<Unit>();
  for (const first of files) {
    // Post-order without recursion: chains of moved files may be long.
    const stack: { readonly unit: Unit; readonly before: Unit[] }[] = [];
    const enter = (unit: Unit) => {
      if (visited.has(unit)) return;
      visited.add(unit);
      const old = context.replacedEntry(unit.entry ?? -1);
      stack.push({
        unit,
        before: old === undefined ? [] : (readers.get(old) ?? []).map((read) => read.unit),
      });
    };
    enter(first);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const reader = top.before.pop();
      if (reader === undefined) order.add(stack.pop()?.unit as Unit);
      else enter(reader);
    }
  }
  return [...order];
}

/** What every order of one update shares. */
class Context {
  readonly #input: PlanInput;
  readonly #plan: Plan;
  readonly #patch: PatchCandidate | undefined;
  readonly #seeds: ChunkSeeds | undefined;
  readonly #oldByPath: Map<string, number>;
  readonly #patched: ReadonlySet<number>;
  /** Old files and links that go without a successor at their path. */
  readonly #removals: readonly { readonly entry: number; readonly path: string }[];
  readonly #removedFolders: readonly string[];

  constructor(input: PlanInput, plan: Plan, patch: PatchCandidate | undefined) {
    this.#input = input;
    this.#plan = plan;
    this.#patch = patch;
    const old = input.installed;
    this.#seeds = old === null ? undefined : atOnce(ChunkSeeds.of(old));
    this.#oldByPath = new Map(old?.manifest.entries.map(({ path }, index) => [path, index] as const));
    this.#patched = new Set(entriesOf(plan, 'patch'));
    const removed = plan.removals.flatMap((entry) => {
      const found = old?.manifest.entries[entry];
      return found === undefined ? [] : [{ entry, kind: found.kind, path: found.path }];
    });
    this.#removals = removed.filter(({ kind }) => kind !== 'directory');
    this.#removedFolders = removed.filter(({ kind }) => kind === 'directory').map(({ path }) => path);
  }

  fileAt(entry: number): FileEntry | undefined {
    const file = this.#input.next.entries[entry];
    return file?.kind === 'file' ? file : undefined;
  }

  /** The old file that a new one takes the place of. */
  replacedEntry(entry: number): number | undefined {
    const path = this.fileAt(entry)?.path;
    const old = path === undefined ? undefined : this.#oldByPath.get(path);
    return old !== undefined && this.#oldSize(old) !== undefined ? old : undefined;
  }

  replacedBytes(entry: number): number {
    const old = this.replacedEntry(entry);
    return old === undefined ? 0 : (this.#oldSize(old) ?? 0);
  }

  /** Old files that hold chunks of a new one. */
  readsOf(entry: number): Set<number> {
    const { next, staged } = this.#input;
    const { local } = atOnce(collectChunkNeeds(next, [entry], { staged, seeds: this.#seeds }));
    return new Set([...local.values()].map((seed) => seed.entry));
  }

  planBatches(batches: readonly (readonly Unit[])[]): LowSpacePlan {
    const finishedIn = this.#finishingBatches(batches);
    const steps = batches.map((units, batch) => ({
      segments: units.flatMap(({ segment }) => segment ?? []),
      entries: [...finishedIn].flatMap(([entry, last]) => (last === batch ? [entry] : [])),
    }));
    const { lastUse, downloadBytes, requests } = this.#readBatches(steps);
    const orders = this.#clearings(steps.length, finishedIn, lastUse);
    const planned = orders.map((clearing, batch): LowSpaceBatch => {
      return { segments: [], entries: [], ...steps[batch], ...clearing };
    });
    return {
      batches: planned,
      patched: [...this.#patched],
      downloadBytes,
      requests,
      diskPeakBytes: this.#peak(planned, batches),
    };
  }

  /** New entry → the batch after which it is whole. */
  #finishingBatches(batches: readonly (readonly Unit[])[]): Map<number, number> {
    const finished = new Map<number, number>();
    batches.forEach((units, batch) => {
      for (const { entry, segment } of units) {
        if (entry !== undefined) finished.set(entry, batch);
        if (segment === undefined) continue;
        for (const output of this.#patch?.segments[segment]?.outputs ?? []) {
          if (this.#patched.has(output.entry)) finished.set(output.entry, batch);
        }
      }
    });
    // What is whole in staging already, or empty, needs no unit.
    for (const entry of this.#patched) if (!finished.has(entry)) finished.set(entry, 0);
    return finished;
  }

  /** Old entry → the last batch that reads it, and what the batches download. */
  #readBatches(steps: readonly { readonly segments: number[]; readonly entries: number[] }[]) {
    const { next, staged } = this.#input;
    const placed = new PlacedChunks(next, this.#seeds);
    for (const { kind, entry } of this.#plan.operations)
      if (kind === 'keep' || kind === 'mode') placed.add(entry);
    const lastUse = new Map<number, number>();
    let downloadBytes = 0;
    let requests = 0;
    steps.forEach(({ segments, entries }, batch) => {
      for (const segment of segments) {
        for (const old of this.#patch?.segments[segment]?.reads ?? []) lastUse.set(old, batch);
      }
      const byChunks = entries.filter((entry) => !this.#patched.has(entry));
      const { local, remote } = atOnce(collectChunkNeeds(next, byChunks, { staged, seeds: placed }));
      for (const seed of local.values()) if (seed.from === 'old') lastUse.set(seed.entry, batch);
      const fetched = segments.flatMap((index) => {
        const segment = this.#patch?.segments[index];
        return segment === undefined || segment.fetched ? [] : [segment];
      });
      const ranges = [
        ...atOnce(planChunkRequests(next, remote)).map(({ range }) => range),
        ...coalesceRanges(fetched),
      ];
      downloadBytes += ranges.reduce((sum, range) => sum + range.sizeBytes, 0);
      requests += ranges.length;
      for (const entry of entries) placed.add(entry);
    });
    return { lastUse, downloadBytes, requests };
  }

  /** Per batch, what is moved out of the way, removed and let go. */
  #clearings(
    count: number,
    finishedIn: ReadonlyMap<number, number>,
    lastUse: ReadonlyMap<number, number>,
  ): Pick<LowSpaceBatch, 'retain' | 'clear' | 'clearFolders' | 'release' | 'remove'>[] {
    const steps = Array.from({ length: count }, () => ({
      retain: [] as string[],
      clear: [] as string[],
      clearFolders: [] as string[],
      release: [] as string[],
      remove: [] as string[],
    }));
    const retain = (path: string, batch: number, last: number) => {
      steps[batch]?.retain.push(path);
      steps[last]?.release.push(path);
    };
    for (const [entry, batch] of finishedIn) {
      const old = this.replacedEntry(entry);
      const last = old === undefined ? undefined : lastUse.get(old);
      if (old !== undefined && last !== undefined && last > batch) retain(this.#oldPath(old), batch, last);
    }
    // Links are made by the commit at the end: what is in their way goes with the last batch.
    const links = entriesOf(this.#plan, 'link').map((entry) => [entry, count - 1] as const);
    const inTheWay = this.#conflicts(new Map([...finishedIn, ...links]));
    for (const { entry, path } of this.#removals) {
      const last = lastUse.get(entry) ?? 0;
      const batch = inTheWay(path);
      if (batch === undefined) steps[last]?.remove.push(path);
      else if (last > batch) retain(path, batch, last);
      else steps[batch]?.clear.push(path);
    }
    for (const path of this.#removedFolders.toReversed()) {
      const batch = inTheWay(path);
      if (batch !== undefined) steps[batch]?.clearFolders.push(path);
    }
    return steps;
  }

  /**
   * Says in which batch an old path has to be gone, because a new file lies at it (by another case), above it or
   * below it; undefined for never.
   */
  #conflicts(finishedIn: ReadonlyMap<number, number>): (path: string) => number | undefined {
    const files = new Map<string, number>();
    const folders = new Map<string, number>();
    const lower = (map: Map<string, number>, key: string, batch: number) => {
      map.set(key, Math.min(batch, map.get(key) ?? batch));
    };
    for (const [entry, batch] of finishedIn) {
      const key = foldPath(this.#input.next.entries[entry]?.path ?? '');
      lower(files, key, batch);
      for (const folder of prefixes(key)) lower(folders, folder, batch);
    }
    return (path) => {
      const key = foldPath(path);
      const found = [files.get(key), folders.get(key), ...prefixes(key).map((folder) => files.get(folder))];
      const batches = found.filter((batch) => batch !== undefined);
      return batches.length === 0 ? undefined : Math.min(...batches);
    };
  }

  /** Walk through the batches and see how much is on disk beyond what is there now. */
  #peak(batches: readonly LowSpaceBatch[], units: readonly (readonly Unit[])[]): number {
    const { next, staged } = this.#input;
    let used = STATE_BYTES;
    let listBytes = 0;
    for (const { kind, entry } of this.#plan.operations) {
      if (kind === 'directory' || kind === 'link') used += BLOCK_BYTES;
      if (kind !== 'keep' && kind !== 'preserve') listBytes += stepBytes(next.entries[entry]?.path ?? '');
    }
    for (const index of this.#plan.removals) listBytes += stepBytes(this.#oldPath(index));
    used += toBlocks(listBytes);
    const have = (entry: number): number => {
      const known = staged.get(entry);
      return known === 'complete' ? (this.fileAt(entry)?.sizeBytes ?? 0) : (known?.totalBytes ?? 0);
    };
    const partial = new Map<number, number>();
    const retained = new Set(batches.flatMap(({ retain }) => retain));
    let peak = used;
    batches.forEach((batch, index) => {
      // What is made of files that later batches finish.
      for (const { segment } of units[index] ?? []) {
        for (const { entry, sizeBytes } of segment === undefined
          ? []
          : (this.#patch?.segments[segment]?.outputs ?? [])) {
          if (!this.#patched.has(entry)) continue;
          if (!partial.has(entry)) used += BLOCK_BYTES;
          partial.set(entry, (partial.get(entry) ?? 0) + sizeBytes);
          used += sizeBytes;
        }
      }
      for (const entry of batch.entries) {
        const file = next.entries[entry];
        if (file?.kind !== 'file') continue;
        const made = partial.get(entry);
        if (made !== undefined) used -= made + BLOCK_BYTES;
        used += toBlocks(file.sizeBytes) - Math.min(toBlocks(file.sizeBytes), have(entry));
        used += (file.chunks.length + 1) * JOURNAL_RECORD_BYTES;
      }
      peak = Math.max(peak, used);
      const freed = [...batch.clear, ...batch.remove, ...batch.release];
      for (const entry of batch.entries) {
        const old = this.replacedEntry(entry);
        if (old !== undefined && !retained.has(this.#oldPath(old))) freed.push(this.#oldPath(old));
      }
      for (const path of freed) used -= toBlocks(this.#oldSize(this.#oldByPath.get(path) ?? -1) ?? 0);
    });
    return peak;
  }

  #oldPath(entry: number): string {
    return this.#input.installed?.manifest.entries[entry]?.path ?? '';
  }

  /** undefined for what is no file, or not there. */
  #oldSize(entry: number): number | undefined {
    const old = this.#input.installed?.manifest.entries[entry];
    if (old?.kind !== 'file' || this.#input.installed?.states[entry] === 'absent') return undefined;
    return old.sizeBytes;
  }
}

function prefixes(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}
