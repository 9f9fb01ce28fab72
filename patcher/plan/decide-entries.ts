import type { Manifest, Sha256, TreeEntry } from '../formats/manifest.ts';
import { Sha256Index } from '../formats/sha256-index.ts';
import { isPause, type Slices } from '../threads/slices.ts';
import { type InstalledTree, modeOf } from './installed-tree.ts';
import { pairByPath, UNPAIRED } from '../paths/pair-by-path.ts';
import type { EntryOperation, PlanInput } from './plan.ts';

export interface EntryDecisions {
  /** One per new entry, in order. Changed files that no old file equals are 'chunks' here. */
  readonly operations: readonly EntryOperation[];
  /** Entries of the 'chunks' operations. */
  readonly changed: readonly number[];
  /** Old entries to remove. */
  readonly removals: readonly number[];
}

/** Compare the two trees entry by entry, without choosing where changed bytes come from. */
export function* decideEntries(input: PlanInput): Slices<EntryDecisions> {
  const { installed, next } = input;
  const old = new OldEntries(input, yield* pairByPath(installed?.manifest.entries ?? [], next.entries));
  let byContent: ContentIndex | undefined;
  const operations: EntryOperation[] = [];
  const changed: number[] = [];
  for (const [index, entry] of next.entries.entries()) {
    if (isPause(index)) yield;
    let operation = decide(entry, index, input, old);
    if (operation.kind === 'chunks' && entry.kind === 'file' && entry.sizeBytes > 0 && installed !== null) {
      byContent ??= yield* ContentIndex.of(installed);
      const oldEntry = byContent.find(entry.sha256);
      if (oldEntry !== undefined) operation = { kind: 'copy', entry: index, oldEntry };
    }
    operations.push(operation);
    if (operation.kind === 'chunks') changed.push(index);
  }
  return { operations, changed, removals: yield* collectRemovals(input, old) };
}

/** Files that have to be made are 'chunks' here. */
function decide(entry: TreeEntry, index: number, input: PlanInput, old: OldEntries): EntryOperation {
  if (input.preserved.has(index)) return { kind: 'preserve', entry: index };
  const same = old.sameAt(index);
  if (same !== undefined) {
    const right = entry.kind === 'link' || old.modeOnDisk(same) === modeOf(entry);
    return { kind: right ? 'keep' : 'mode', entry: index };
  }
  return { kind: entry.kind === 'file' ? 'chunks' : entry.kind, entry: index };
}

/** Old entries whose path the new build does not use in the same kind, or uses with a link of another target. */
function* collectRemovals({ installed, isPreserved }: PlanInput, old: OldEntries): Slices<number[]> {
  const removals: number[] = [];
  const kept = yield* old.keptInKind();
  for (const [index, { kind, path }] of (installed?.manifest.entries ?? []).entries()) {
    if (isPause(index)) yield;
    if (kept[index] === 1 || (kind !== 'directory' && isPreserved(path))) continue;
    removals.push(index);
  }
  return removals;
}

class OldEntries {
  readonly #installed: InstalledTree | null;
  readonly #next: Manifest;
  /** Per new entry: the old one at the same path, or -1. */
  readonly #atPath: Int32Array;

  constructor({ installed, next }: PlanInput, atPath: Int32Array) {
    this.#installed = installed;
    this.#next = next;
    this.#atPath = atPath;
  }

  /** The intact old entry at the same path with the same content. */
  sameAt(index: number): number | undefined {
    const at = this.#atPath[index] as number;
    const old = this.#installed?.manifest.entries[at];
    if (old === undefined || this.#installed?.states[at] !== 'present') return undefined;
    return equalContent(old, this.#next.entries[index] as TreeEntry) ? at : undefined;
  }

  modeOnDisk(index: number): number {
    return this.#installed?.modes[index] ?? 0;
  }

  /** Per old entry: 1 where the new build has one of the same kind at its path. */
  *keptInKind(): Slices<Uint8Array> {
    const entries = this.#installed?.manifest.entries ?? [];
    const kept = new Uint8Array(entries.length);
    for (const [index, { kind }] of this.#next.entries.entries()) {
      if (isPause(index)) yield;
      const at = this.#atPath[index] as number;
      if (at !== UNPAIRED && entries[at]?.kind === kind) kept[at] = 1;
    }
    return kept;
  }
}

/** Intact files by their content, in some 50 bytes a file: a map of texts would take 130. */
class ContentIndex {
  readonly #index: Sha256Index;
  /** Per content: the last file that has it. */
  readonly #entries: Uint32Array;

  private constructor(entries: number) {
    this.#index = new Sha256Index(Math.max(1, entries));
    this.#entries = new Uint32Array(entries);
  }

  static *of({ manifest, states }: InstalledTree): Slices<ContentIndex> {
    const files = new ContentIndex(manifest.entries.length);
    for (const [index, entry] of manifest.entries.entries()) {
      if (isPause(index)) yield;
      if (entry.kind !== 'file' || states[index] !== 'present') continue;
      files.#entries[files.#index.add(Buffer.from(entry.sha256, 'hex'))] = index;
    }
    return files;
  }

  /** An intact old file of this content, wherever it lies. */
  find(sha256: Sha256): number | undefined {
    const row = this.#index.find(Buffer.from(sha256, 'hex'));
    return row < 0 ? undefined : this.#entries[row];
  }
}

function equalContent(a: TreeEntry, b: TreeEntry): boolean {
  // A repair compares a manifest with itself.
  if (a === b) return true;
  if (a.kind === 'file' && b.kind === 'file') return a.sha256 === b.sha256;
  if (a.kind === 'link' && b.kind === 'link') return a.target === b.target;
  return a.kind === b.kind && a.kind === 'directory';
}
