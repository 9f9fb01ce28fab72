import { AddressKernel } from './address-kernel.ts';
import type { AddressMap, Region } from './address-map.ts';
import { isAddressMapShorter } from './address-map-format.ts';
import { candidateRegions, type ImageFacts, isKnown, namedBases } from './candidate-regions.ts';
import { describeExecutable } from './describe-executable.ts';
import { findGoTables, splitGoSections } from './go-tables.ts';
import { type FileRows, OldOrder } from './image-rows.ts';
import { type ExecutablePair, ReferenceVotes } from './reference-votes.ts';
import { RowErrors } from './row-errors.ts';

/** A way to read a section must make so many more bytes equal before it is used. */
const REGION_GAIN_BYTES = 24;

/** What a wrong byte costs in a coded patch, about. */
const CODED_SHARE = 0.4;
/** A section whose kind is known is read otherwise only when that leaves fewer than this share of bytes wrong. */
const KNOWN_SHARE = 0.7;

/**
 * Find how the addresses of an executable moved, and where the references to them are.
 * @param rows How the new file's bytes are aligned with the old file's.
 * @returns `undefined` when either file is no executable, both are of different architectures, or nothing is gained.
 */
export function makeAddressMap(
  oldBytes: Uint8Array,
  newBytes: Uint8Array,
  rows: FileRows,
): AddressMap | undefined {
  const facts = lookAtPair(oldBytes, newBytes);
  if (facts === undefined) return undefined;
  const { old, pair } = facts;
  const order = new OldOrder(rows);
  using sure = new RegionVotes(pair, order, rows);
  const first = sure.fitMap(sureRegions(old));
  const { regions, gainedBytes } = chooseRegions(old, first, new RowErrors(oldBytes, newBytes, rows));
  if (regions.length === 0) return undefined;
  const map = fitChosen(sure, regions, () => new RegionVotes(pair, order, rows));
  return isAddressMapShorter(map, gainedBytes * CODED_SHARE) ? map : undefined;
}

interface PairFacts {
  readonly old: ImageFacts;
  readonly pair: ExecutablePair;
}

function lookAtPair(oldBytes: Uint8Array, newBytes: Uint8Array): PairFacts | undefined {
  const old = lookAt(oldBytes);
  const after = lookAt(newBytes);
  if (old === undefined || after === undefined) return undefined;
  if (old.executable.architecture !== after.executable.architecture) return undefined;
  const bases = pairBases(namedBases(old), namedBases(after));
  return { old, pair: { old: old.executable, new: after.executable, oldBytes, newBytes, bases } };
}

function lookAt(bytes: Uint8Array): ImageFacts | undefined {
  const executable = describeExecutable(bytes);
  if (executable === undefined) return undefined;
  const go = findGoTables(bytes, executable);
  if (go === undefined) return { executable, go };
  return { executable: { ...executable, sections: splitGoSections(executable.sections, go) }, go };
}

function pairBases(
  old: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ReadonlyMap<number, number> {
  const bases = new Map<number, number>();
  for (const [name, address] of old) {
    const moved = after.get(name);
    if (moved !== undefined) bases.set(address, moved);
  }
  return bases;
}

/** Where references are beyond doubt, before anything is tried. */
function sureRegions(old: ImageFacts): Region[] {
  return old.executable.sections
    .filter(({ role }) => role === 'code')
    .flatMap((section) => candidateRegions(old, section).slice(0, 1));
}

/** Votes of rows and of some regions. */
class RegionVotes implements Disposable {
  readonly #votes: ReferenceVotes;
  readonly #bare: Omit<AddressMap, 'regions'>;
  readonly #voted = new Set<string>();

  constructor(pair: ExecutablePair, order: OldOrder, rows: FileRows) {
    const { base, imageBytes } = pair.old;
    const steps = { stepStarts: Uint32Array.of(0), stepShifts: Int32Array.of(0) };
    this.#bare = { oldBase: base, newBase: pair.new.base, imageBytes, ...steps };
    this.#votes = new ReferenceVotes(pair, order);
    this.#votes.addRows(rows);
  }

  /** Whether all that voted so far are among these. */
  isWithin(regions: readonly Region[]): boolean {
    const keys = new Set(regions.map(keyOf));
    return [...this.#voted].every((key) => keys.has(key));
  }

  /** Fit a map to the votes of regions and of those asked before. */
  fitMap(regions: readonly Region[]): AddressMap {
    const fresh = regions.filter((region) => !this.#voted.has(keyOf(region)));
    this.#votes.collect(this.#bare, fresh);
    for (const region of fresh) this.#voted.add(keyOf(region));
    return { ...this.#bare, regions, ...this.#votes.fit() };
  }

  [Symbol.dispose](): void {
    this.#votes[Symbol.dispose]();
  }
}

function keyOf({ kind, fileOffset, parameters }: Region): string {
  return [kind, fileOffset, ...parameters].join(' ');
}

/** Mostly, what was sure is chosen: code, whose votes are most of all. */
function fitChosen(sure: RegionVotes, regions: readonly Region[], open: () => RegionVotes): AddressMap {
  if (sure.isWithin(regions)) return sure.fitMap(regions);
  using votes = open();
  return votes.fitMap(regions);
}

/**
 * For each section, the way to read it that makes most bytes equal to the new ones, if any does. What is known by name
 * stays unless it harms: where every word changed, the rows may have missed the whole section, and only rows found
 * with its help will show what it is worth.
 */
function chooseRegions(
  old: ImageFacts,
  map: AddressMap,
  errors: RowErrors,
): { readonly regions: readonly Region[]; readonly gainedBytes: number } {
  const kernel = new AddressKernel(map);
  const regions: Region[] = [];
  let gainedBytes = 0;
  for (const section of old.executable.sections) {
    const plain = errors.countPlain(section);
    let best = { region: undefined as Region | undefined, wrong: plain, rank: plain + 1 };
    for (const [index, region] of candidateRegions(old, section).entries()) {
      const known = index === 0 && isKnown(section);
      if (!known && plain < REGION_GAIN_BYTES) continue;
      // What cannot be the best any more need not be counted out.
      const enough = known ? Infinity : best.rank - REGION_GAIN_BYTES;
      const wrong = errors.countRewritten(kernel, region, enough);
      const rank = known ? wrong * KNOWN_SHARE : wrong + REGION_GAIN_BYTES;
      if (rank < best.rank) best = { region, wrong, rank };
    }
    gainedBytes += plain - best.wrong;
    if (best.region !== undefined) regions.push(best.region);
  }
  return { regions, gainedBytes };
}
