import type { FileEntry, Manifest, Sha256, TreeEntry } from '../formats/manifest.ts';
import { Sha256Index } from '../formats/sha256-index.ts';
import { compareUtf8 } from '../paths/utf8-order.ts';
import { type InstalledTree, modeOf } from './installed-tree.ts';
import type { EntryOperation, PlanInput } from './plan.ts';

/** No entry, no row. */
const NONE = -1;

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
  const old = new OldEntries(input);
  const operations = input.next.entries.map((entry, index) => decide(entry, index, input, old));
  const changed = operations.filter(({ kind }) => kind === 'chunks').map(({ entry }) => entry);
  return { operations, changed, removals: collectRemovals(input, old) };
}

function decide(entry: TreeEntry, index: number, input: PlanInput, old: OldEntries): EntryOperation {
  if (input.preserved.has(index)) return { kind: 'preserve', entry: index };
  const same = old.sameAt(index);
  if (same !== undefined) {
    const right = entry.kind === 'link' || old.modeOnDisk(same) === modeOf(entry);
    return { kind: right ? 'keep' : 'mode', entry: index };
  }
  if (entry.kind !== 'file') return { kind: entry.kind, entry: index };
  const oldEntry = entry.sizeBytes === 0 ? undefined : old.holding(entry);
  return oldEntry === undefined ? { kind: 'chunks', entry: index } : { kind: 'copy', entry: index, oldEntry };
}

/** Old entries whose path the new build does not use in the same kind, or uses with a link of another target. */
function collectRemovals({ installed, isPreserved }: PlanInput, old: OldEntries): number[] {
  if (installed === null) return [];
  const kept = old.keptInKind();
  return installed.manifest.entries.flatMap((entry, index) => {
    if (kept[index] === 1) return [];
    return entry.kind !== 'directory' && isPreserved(entry.path) ? [] : [index];
  });
}

class OldEntries {
  readonly #installed: InstalledTree | null;
  readonly #next: Manifest;
  /** Per new entry: the old one at the same path, or -1. */
  readonly #atPath: Int32Array;
  #byContent: ContentIndex | undefined;

  constructor({ installed, next }: PlanInput) {
    this.#installed = installed;
    this.#next = next;
    this.#atPath = pairByPath(installed?.manifest.entries ?? [], next.entries);
  }

  /** The intact old entry at the same path with the same content. */
  sameAt(index: number): number | undefined {
    const at = this.#atPath[index] as number;
    const old = this.#installed?.manifest.entries[at];
    if (old === undefined || this.#installed?.states[at] !== 'present') return undefined;
    return equalContent(old, this.#next.entries[index] as TreeEntry) ? at : undefined;
  }

  /** An intact old file of the same content, wherever it lies. */
  holding(file: FileEntry): number | undefined {
    if (this.#installed === null) return undefined;
    this.#byContent ??= new ContentIndex(this.#installed);
    return this.#byContent.find(file.sha256);
  }

  modeOnDisk(index: number): number {
    return this.#installed?.modes[index] ?? 0;
  }

  /** Per old entry: 1 where the new build has one of the same kind at its path. */
  keptInKind(): Uint8Array {
    const entries = this.#installed?.manifest.entries ?? [];
    const kept = new Uint8Array(entries.length);
    this.#next.entries.forEach(({ kind }, index) => {
      const at = this.#atPath[index] as number;
      if (at !== NONE && entries[at]?.kind === kind) kept[at] = 1;
    });
    return kept;
  }
}

/** Walk two trees in their order. @returns Per new entry the old one at the same path, or {@link NONE}. */
function pairByPath(old: readonly TreeEntry[], next: readonly TreeEntry[]): Int32Array {
  const pairs = new Int32Array(next.length).fill(NONE);
  let at = 0;
  next.forEach(({ path }, index) => {
    while (at < old.length && compareUtf8((old[at] as TreeEntry).path, path) < 0) at++;
    if (old[at]?.path === path) pairs[index] = at;
  });
  return pairs;
}

/** Intact files by their content, in some 50 bytes a file: a map of texts would take 130. */
class ContentIndex {
  readonly #index: Sha256Index;
  /** Per content: the last file that has it. */
  readonly #entries: Uint32Array;

  constructor({ manifest, states }: InstalledTree) {
    this.#index = new Sha256Index(Math.max(1, manifest.entries.length));
    this.#entries = new Uint32Array(manifest.entries.length);
    manifest.entries.forEach((entry, index) => {
      if (entry.kind !== 'file' || states[index] !== 'present') return;
      this.#entries[this.#index.add(Buffer.from(entry.sha256, 'hex'))] = index;
    });
  }

  find(sha256: Sha256): number | undefined {
    const row = this.#index.find(Buffer.from(sha256, 'hex'));
    return row === NONE ? undefined : this.#entries[row];
  }
}

function equalContent(a: TreeEntry, b: TreeEntry): boolean {
  // A repair compares a manifest with itself.
  if (a === b) return true;
  if (a.kind === 'file' && b.kind === 'file') return a.sha256 === b.sha256;
  if (a.kind === 'link' && b.kind === 'link') return a.target === b.target;
  return a.kind === b.kind && a.kind === 'directory';
}
