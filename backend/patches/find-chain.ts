/** A patch as far as finding a way goes. */
interface Step {
  readonly oldBuildId: number;
  readonly newBuildId: number;
  readonly sizeBytes: number;
}

/** Patches one after the other, at most: a player's disk holds what all but the last of them make, for a while. */
const HOPS_MAX = 4;

/**
 * The way of fewest bytes from one build to another by two or more patches. Pure.
 * @param patches Of one depot, in any order; they may lead in circles.
 * @returns The patches in the order in which they are applied; `[]` where there is no such way.
 */
export function findChain<Patch extends Step>(
  patches: readonly Patch[],
  { oldBuildId, newBuildId }: Pick<Step, 'oldBuildId' | 'newBuildId'>,
): Patch[] {
  const from = Map.groupBy(patches, (patch) => patch.oldBuildId);
  let best: Way<Patch> = { bytes: Number.POSITIVE_INFINITY, patches: [] };
  // After each round: the cheapest way to a build in exactly so many steps.
  let ways = new Map<number, Way<Patch>>([[oldBuildId, { bytes: 0, patches: [] }]]);
  for (let hops = 1; hops <= HOPS_MAX; hops++) {
    const longer = new Map<number, Way<Patch>>();
    for (const [buildId, way] of ways) {
      for (const patch of from.get(buildId) ?? []) {
        const bytes = way.bytes + patch.sizeBytes;
        const known = longer.get(patch.newBuildId)?.bytes ?? Number.POSITIVE_INFINITY;
        const isThere = patch.newBuildId === oldBuildId || buildId === newBuildId;
        if (!isThere && bytes < known)
          longer.set(patch.newBuildId, { bytes, patches: [...way.patches, patch] });
      }
    }
    const found = longer.get(newBuildId);
    if (hops > 1 && found !== undefined && found.bytes < best.bytes) best = found;
    ways = longer;
  }
  return [...best.patches];
}

interface Way<Patch> {
  readonly bytes: number;
  readonly patches: readonly Patch[];
}
