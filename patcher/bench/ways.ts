import { DEFAULT_COALESCING } from '../download/coalesce-ranges.ts';
import type { ChunkingParameters } from '../formats/manifest.ts';
import { PACK_TARGET_BYTES } from '../formats/pack-format.ts';
import { DEFAULT_CHUNKING } from '../scan/chunker.ts';
import type { RequestRule } from './download-costs.ts';

const KIB = 1024;
const MIB = 2 ** 20;

/** One way to cut, to store and to ask for chunks. */
export interface Way {
  readonly id: string;
  /** What it is compared for. */
  readonly group: 'chunks' | 'packs' | 'requests' | 'rival';
  readonly chunking: ChunkingParameters;
  readonly packBytes: number;
  readonly rule: RequestRule;
}

/** Average sizes in KiB; the least is a quarter, the most four times as much, as it is by default. */
const AVERAGES = [32, 64, 128, 256, 512, 1024];
/** Other bounds around an average: min, average, max in KiB. */
const OTHER_BOUNDS: readonly (readonly [number, number, number])[] = [
  [64, 128, 256],
  [16, 128, 1024],
  [128, 256, 512],
];
const PACKS_MIB = [4, 8, 16, 32, 64];

/** Widest gaps that are fetched, in KiB. */
const GAPS_KIB = [0, 16, 32, 64, 128, 256, 1024];

/** All ways that are compared; the first is how things are done by default. */
export const ways: readonly Way[] = [
  ourWay('default', 'chunks', {}),
  ...AVERAGES.map((average) => cutWay([average / 4, average, average * 4])),
  ...OTHER_BOUNDS.map(cutWay),
  ...PACKS_MIB.map((size) => ourWay(`packs of ${size} MiB`, 'packs', { packBytes: size * MIB })),
  ...GAPS_KIB.map((gap) =>
    ourWay(`gaps up to ${gap} KiB`, 'requests', { rule: { ...DEFAULT_COALESCING, gapBytesMax: gap * KIB } }),
  ),
  rival('fixed 1 MiB, an object each (Steam)', [1024, 1024, 1024]),
  rival('16/64/256 KiB, an object each (casync)', [16, 64, 256]),
];

function cutWay([min, average, max]: readonly [number, number, number]): Way {
  return ourWay(`${min}/${average}/${max} KiB`, 'chunks', { chunking: inKib(min, average, max) });
}

function ourWay(id: string, group: Way['group'], other: Partial<Way>): Way {
  return {
    id,
    group,
    chunking: DEFAULT_CHUNKING,
    packBytes: PACK_TARGET_BYTES,
    rule: DEFAULT_COALESCING,
    ...other,
  };
}

/** Their manifests are counted as if they were ours: what packs say of themselves is the least of it. */
function rival(id: string, [min, average, max]: readonly [number, number, number]): Way {
  return ourWay(id, 'rival', { chunking: inKib(min, average, max), rule: 'objects' });
}

function inKib(min: number, average: number, max: number): ChunkingParameters {
  return { minBytes: min * KIB, averageBytes: average * KIB, maxBytes: max * KIB };
}
