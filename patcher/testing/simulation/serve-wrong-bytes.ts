import { SeededRandom } from '../random-bytes.ts';
import { attempt, goOn, restOf, undisturbed } from './rest-of.ts';
import { type SimJob, SimJobBench } from './sim-job-bench.ts';
import type { SimWorld } from './sim-world.ts';
import { flipOneBit, harmsOfPack, makeVariedBuilds, placesOfPack, placesOfPatch } from './wrong-bytes.ts';

/** What became of one kind of wrong bytes. */
export interface WrongBytesReport {
  readonly name: string;
  readonly attempts: number;
  /** Jobs that ended with an error that has a code, the install as it was before. */
  readonly refused: number;
  /** Jobs that ended in the right build all the same: the bytes were fetched again, or others in their place. */
  readonly repaired: number;
  readonly codes: readonly string[];
  /** Anything else, with the number that repeats it. */
  readonly failures: readonly string[];
}

/** A kind of wrong bytes, of one object. */
interface WrongKind {
  readonly name: string;
  readonly job: SimJob;
  readonly path: string;
  readonly make: (random: SeededRandom) => Uint8Array;
}

/**
 * Serve an object with something wrong in it, always or the first time it is asked for, to a job that needs it: what the job
 * leaves is the build that was there or the new one, byte for byte, and with the right object it ends in the new one.
 * @param first Number of the first attempt of each kind; each attempt depends on its number alone.
 */
export async function serveWrongBytes(
  world: SimWorld,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<WrongBytesReport[]> {
  const bench = await SimJobBench.start(world, makeVariedBuilds());
  const reports: WrongBytesReport[] = [];
  for (const kind of listKinds(bench)) {
    const total = { refused: 0, repaired: 0 };
    const codes = new Set<string>();
    const failures: string[] = [];
    for (let number = first; number < first + count; number++) {
      try {
        const code = await serveOnce(world, bench, kind, number);
        if (code === undefined) total.repaired++;
        else codes.add(code);
        if (code !== undefined) total.refused++;
      } catch (error) {
        failures.push(`${kind.name}, ${number}: ${(error as Error).message}`);
      }
    }
    reports.push({ name: kind.name, attempts: count, ...total, codes: [...codes].toSorted(), failures });
  }
  return reports;
}

/** @returns The code the job ended with, if it did. */
async function serveOnce(
  world: SimWorld,
  bench: SimJobBench,
  kind: WrongKind,
  number: number,
): Promise<string | undefined> {
  const bytes = kind.make(new SeededRandom(number));
  const times = number % 2 === 0 ? Number.POSITIVE_INFINITY : 1;
  const place = await bench.lay(kind.job);
  const served = new WrongObjects(bench.objects, { path: kind.path, bytes, times });
  bench.served = served;
  const code = await undisturbed(world, () => attempt(place));
  bench.served = bench.objects;
  if (!served.wasWrong) throw new Error('nobody asked for it');
  const rest = await restOf(world, place);
  if ((rest === 'next') !== (code === undefined)) throw new Error(`it ended with ${code}, and is ${rest}`);
  if (rest !== 'next') await goOn(world, place);
  return code;
}

/** Kinds by name; bits are flipped anywhere in all places of a name. */
function listKinds(bench: SimJobBench): WrongKind[] {
  const { manifest, reference } = bench.published(0);
  const kinds: WrongKind[] = [];
  const addFlips = (job: SimJob, path: string, places: ReturnType<typeof placesOfPatch>) => {
    const object = objectAt(bench, path);
    for (const [name, own] of Map.groupBy(places, (place) => place.name)) {
      const make = (random: SeededRandom) =>
        flipOneBit(object, own[random.below(own.length)] as (typeof own)[number], random);
      kinds.push({ name, job, path, make });
    }
  };
  addFlips('install', reference.manifest.path, [
    { name: 'manifest', start: 0, end: reference.manifest.sizeBytes },
  ]);
  manifest.packs.forEach(({ sha256 }, pack) => {
    const path = `packs/${sha256}`;
    const object = objectAt(bench, path);
    addFlips('install', path, placesOfPack(object, manifest, pack));
    for (const [name, make] of Object.entries(harmsOfPack(object, manifest, pack)))
      kinds.push({ name, job: 'install', path, make });
  });
  addFlips('update by patch', bench.patch.path, placesOfPatch(objectAt(bench, bench.patch.path)));
  const patch = objectAt(bench, bench.patch.path);
  const cut = (random: SeededRandom) => patch.slice(0, 1 + random.below(patch.length - 1));
  kinds.push({ name: 'patch cut short', job: 'update by patch', path: bench.patch.path, make: cut });
  return kinds;
}

function objectAt(bench: SimJobBench, path: string): Uint8Array {
  const object = bench.objects.get(path);
  if (object === undefined) throw new Error(`nobody stored ${path}`);
  return object;
}

/** Stored objects of which one is another the first times it is asked for. */
class WrongObjects extends Map<string, Uint8Array> {
  readonly #wrong: { readonly path: string; readonly bytes: Uint8Array };
  #times: number;
  /** Whether it was asked for. */
  wasWrong = false;

  constructor(
    objects: ReadonlyMap<string, Uint8Array>,
    { times, ...wrong }: { readonly path: string; readonly bytes: Uint8Array; readonly times: number },
  ) {
    super(objects);
    this.#wrong = wrong;
    this.#times = times;
  }

  override get(path: string): Uint8Array | undefined {
    if (path !== this.#wrong.path || this.#times-- <= 0) return super.get(path);
    this.wasWrong = true;
    return this.#wrong.bytes;
  }
}
