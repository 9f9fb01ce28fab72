import type { FileEntry, Sha256, TreeEntry } from '../formats/manifest.ts';
import { type InstalledTree, modeOf } from './installed-tree.ts';
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
export function decideEntries(input: PlanInput): EntryDecisions {
  const old = new OldEntries(input.installed);
  const operations = input.next.entries.map((entry, index) => decide(entry, index, input, old));
  const changed = operations.filter(({ kind }) => kind === 'chunks').map(({ entry }) => entry);
  return { operations, changed, removals: collectRemovals(input) };
}

function decide(entry: TreeEntry, index: number, input: PlanInput, old: OldEntries): EntryOperation {
  if (input.preserved.has(index)) return { kind: 'preserve', entry: index };
  const same = old.sameAt(entry);
  if (same !== undefined) {
    const right = entry.kind === 'link' || old.modeOnDisk(same) === modeOf(entry);
    return { kind: right ? 'keep' : 'mode', entry: index };
  }
  if (entry.kind !== 'file') return { kind: entry.kind, entry: index };
  const oldEntry = entry.sizeBytes === 0 ? undefined : old.holding(entry);
  return oldEntry === undefined ? { kind: 'chunks', entry: index } : { kind: 'copy', entry: index, oldEntry };
}

/** Old entries whose path the new build does not use in the same kind, or uses with a link of another target. */
function collectRemovals({ installed, next, isPreserved }: PlanInput): number[] {
  if (installed === null) return [];
  const kept = new Map(next.entries.map((entry) => [entry.path, entry.kind] as const));
  return installed.manifest.entries.flatMap((entry, index) => {
    if (kept.get(entry.path) === entry.kind) return [];
    return entry.kind !== 'directory' && isPreserved(entry.path) ? [] : [index];
  });
}

class OldEntries {
  readonly #installed: InstalledTree | null;
  readonly #byPath = new Map<string, number>();
  readonly #byContent = new Map<Sha256, number>();

  constructor(installed: InstalledTree | null) {
    this.#installed = installed;
    installed?.manifest.entries.forEach((entry, index) => {
      if (installed.states[index] !== 'present') return;
      this.#byPath.set(entry.path, index);
      if (entry.kind === 'file') this.#byContent.set(entry.sha256, index);
    });
  }

  /** The intact old entry at the same path with the same content. */
  sameAt(entry: TreeEntry): number | undefined {
    const index = this.#byPath.get(entry.path);
    const old = index === undefined ? undefined : this.#installed?.manifest.entries[index];
    return old !== undefined && equalContent(old, entry) ? index : undefined;
  }

  holding(file: FileEntry): number | undefined {
    return this.#byContent.get(file.sha256);
  }

  modeOnDisk(index: number): number {
    return this.#installed?.modes[index] ?? 0;
  }
}

function equalContent(a: TreeEntry, b: TreeEntry): boolean {
  if (a.kind === 'file' && b.kind === 'file') return a.sha256 === b.sha256;
  if (a.kind === 'link' && b.kind === 'link') return a.target === b.target;
  return a.kind === b.kind && a.kind === 'directory';
}
