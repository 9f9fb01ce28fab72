import { AddressKernel } from './address-kernel.ts';
import type { AddressMap, Region } from './address-map.ts';
import { candidateRegions } from './candidate-regions.ts';
import { describeExecutable, type Executable } from './executable.ts';
import { fitSteps } from './fit-steps.ts';
import { type FileRows, OldOrder } from './image-rows.ts';
import { type ExecutablePair, ReferenceVotes } from './reference-votes.ts';
import { RowErrors } from './row-errors.ts';

/** A way to read a section must make so many more bytes equal before it is used. */
const REGION_GAIN_BYTES = 24;

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
  const old = describeExecutable(oldBytes);
  const after = describeExecutable(newBytes);
  if (old === undefined || after === undefined || old.architecture !== after.architecture) return undefined;
  const pair: ExecutablePair = { old, new: after, oldBytes, newBytes };
  const order = new OldOrder(rows);
  const errors = new RowErrors(oldBytes, newBytes, rows);
  const first = fitMap(pair, order, sureRegions(old));
  const regions = chooseRegions(pair.old, first, errors);
  if (regions.length === 0) return undefined;
  return fitMap(pair, order, regions);
}

/** Regions that need no trial. */
function sureRegions(old: Executable): Region[] {
  return old.sections.flatMap((section) => candidateRegions(old, section).slice(0, 1));
}

function fitMap(pair: ExecutablePair, order: OldOrder, regions: readonly Region[]): AddressMap {
  const { old } = pair;
  const bases = { oldBase: old.base, newBase: pair.new.base, imageBytes: old.imageBytes };
  const votes = new ReferenceVotes(pair, order);
  votes.collect(
    { ...bases, regions: [], stepStarts: Uint32Array.of(0), stepShifts: Int32Array.of(0) },
    regions,
  );
  return { ...bases, regions, ...fitSteps(votes.votes.sorted()) };
}

/** For each section, the way to read it that makes most bytes equal to the new ones, if any does. */
function chooseRegions(old: Executable, map: AddressMap, errors: RowErrors): Region[] {
  const kernel = new AddressKernel(map);
  const chosen: Region[] = [];
  for (const section of old.sections) {
    let best = errors.count(section.fileOffset, errors.oldBytes(section)) - REGION_GAIN_BYTES;
    let region: Region | undefined;
    for (const candidate of best > 0 ? candidateRegions(old, section) : []) {
      const bytes = new Uint8Array(errors.oldBytes(section));
      kernel.rewrite(candidate, 0, bytes, new Uint8Array(bytes.length));
      const wrong = errors.count(section.fileOffset, bytes);
      if (wrong < best) {
        best = wrong;
        region = candidate;
      }
    }
    if (region !== undefined) chosen.push(region);
  }
  return chosen;
}
