import { BenchProblem } from './bench-problem.ts';
import type { Peer } from './peers/peer.ts';

/** @throws {BenchProblem} for a name that is not there. */
export function chooseByName<Named extends { readonly id: string }>(
  what: string,
  all: readonly Named[],
  names: readonly string[],
): Named[] {
  for (const name of names) {
    if (!all.some((one) => one.id === name)) {
      throw new BenchProblem(
        `There is no ${what} "${name}".`,
        `Choose of: ${all.map((one) => one.id).join(', ')}.`,
      );
    }
  }
  return all.filter((one) => names.includes(one.id));
}

/**
 * Choose tools by the beginnings of their names (`zstd` means each of its levels, `none` none at all), Gantry's own by
 * effort, in the order of the tables.
 * @throws {BenchProblem} for a name that means none.
 */
export function choosePeers(
  all: readonly Peer[],
  wanted: {
    readonly names: readonly string[] | undefined;
    readonly efforts: readonly string[] | undefined;
    readonly quick: boolean;
  },
): Peer[] {
  const ours = all.filter((peer) => peer.kind === 'ours');
  const others = all.filter((peer) => peer.kind !== 'ours');
  const efforts = withoutNone(wanted.efforts)?.map((effort) => `gantry-${effort}`);
  const names = withoutNone(wanted.names);
  for (const name of names ?? []) {
    if (!others.some((peer) => peer.id.startsWith(name))) {
      throw new BenchProblem(
        `There is no peer "${name}".`,
        `Choose of: ${others.map((peer) => peer.id).join(', ')}, none.`,
      );
    }
  }
  const chosenOurs = efforts === undefined ? ours : chooseByName('effort', ours, efforts);
  const chosenOthers =
    names === undefined
      ? others.filter((peer) => !(wanted.quick && peer.slow))
      : others.filter((peer) => names.some((name) => peer.id.startsWith(name)));
  return [...chosenOurs, ...chosenOthers];
}

function withoutNone(names: readonly string[] | undefined): readonly string[] | undefined {
  return names?.filter((name) => name !== 'none');
}
