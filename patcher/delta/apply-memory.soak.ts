import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { scanTree } from '../scan/scan-tree.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { APPLY_MEMORY_BYTES } from './apply/segment-decoders.ts';
import type { RebuiltStream } from '../containers/expansion.ts';
import { serializeExpansion, STREAMS_MAX } from '../containers/expansion-format.ts';
import { USUAL_SETTINGS } from '../containers/rank-settings.ts';
import type { PatchSegment } from '../formats/patch.ts';
import { serializeSegmentBody } from '../formats/segment-body.ts';
import { computeSha256 } from '../formats/sha256.ts';
import { compressFrame } from '../formats/zstd-frame.ts';
import { encodeRows } from '../kernels/rows/rows-coder.ts';
import type { Effort } from './effort.ts';
import { EXTRA_CODING } from './segment-coding.ts';
import { forgePatch } from './testing/fuzz-layers.ts';
import { makePatch } from './make/make-patch.ts';
import { openBytes, PatchFixture } from './testing/patch-fixture.ts';

const CHILD = fileURLToPath(new URL('./testing/apply-child.ts', import.meta.url));
const CHUNKING = { minBytes: 2 ** 14, averageBytes: 2 ** 16, maxBytes: 2 ** 18 };
const BLOCK_BYTES = 48 * 2 ** 10;
const BLOCKS = 512;
const EDITS = 24;

/** Blocks in another order, each with some other bytes: segments of the largest size on both sides. */
function shuffle(random: SeededRandom, old: Uint8Array): Uint8Array {
  const made = new Uint8Array(old.length);
  for (let block = 0; block < BLOCKS; block++) {
    const from = ((block * 269 + 7) % BLOCKS) * BLOCK_BYTES;
    made.set(old.subarray(from, from + BLOCK_BYTES), block * BLOCK_BYTES);
  }
  for (let edit = BLOCKS * EDITS; edit > 0; edit--) made[random.below(made.length)] = random.below(256);
  return made;
}

/** A patch between such builds, and what applying it takes in a process of its own. */
class LargePatch implements AsyncDisposable {
  readonly #fixture: PatchFixture;
  readonly oldRoot: string;
  readonly patchPath: string;

  private constructor(fixture: PatchFixture) {
    this.#fixture = fixture;
    this.oldRoot = fixture.fresh('old');
    this.patchPath = fixture.fresh('patch');
  }

  static async make(effort: Effort): Promise<LargePatch> {
    const random = new SeededRandom(73);
    const made = new LargePatch(await PatchFixture.open());
    const { oldRoot, patchPath: outPath } = made;
    const newRoot = made.#fixture.fresh('new');
    const old = random.bytes(BLOCKS * BLOCK_BYTES);
    for (const [root, bytes] of [
      [oldRoot, old],
      [newRoot, shuffle(random, old)],
    ] as const) {
      await mkdir(root);
      await writeFile(path.join(root, 'data.bin'), bytes);
    }
    const oldTree = await scanTree({ root: oldRoot, chunking: CHUNKING, workers: 1 });
    const newTree = await scanTree({ root: newRoot, chunking: CHUNKING, workers: 1 });
    await makePatch({ oldRoot, oldTree, newRoot, newTree, outPath, effort, workers: 1 });
    return made;
  }

  /** Once for what is compiled, then once more. @returns What the child prints. */
  apply(): { readonly peakBytes: number; readonly code: string | undefined } {
    const environment = {
      ...process.env,
      NODE_COMPILE_CACHE: path.join(this.#fixture.folder, 'compiled'),
    };
    let printed = '';
    for (let run = 0; run < 2; run++) {
      const args = ['--no-warnings', CHILD, this.patchPath, this.oldRoot, this.#fixture.fresh('out')];
      printed = execFileSync(process.execPath, args, { encoding: 'utf8', env: environment });
    }
    const [peak, code] = printed.trim().split(' ');
    return { peakBytes: Number(peak), code };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fixture[Symbol.asyncDispose]();
  }
}

it.each(['default', 'max'] as const)(
  'applying a patch of the largest segments at effort %s takes no more memory than promised',
  async (effort) => {
    await using large = await LargePatch.make(effort);
    const { peakBytes, code } = large.apply();
    expect(code).toBeUndefined();
    expect(peakBytes).toBeGreaterThan(APPLY_MEMORY_BYTES / 2);
    expect(peakBytes).toBeLessThanOrEqual(APPLY_MEMORY_BYTES);
  },
);

const MIB = 2 ** 20;

/** Each as large as it may be where nothing else is. */
interface Hostile {
  readonly name: string;
  readonly oldBytes: number;
  readonly expandedNewBytes: number | undefined;
  readonly rowCount: number;
  readonly bodyBytes: number;
  readonly streams: number;
  readonly correctionsBytes: number;
  readonly code: string;
}

const NOTHING = { expandedNewBytes: undefined, rowCount: 16, streams: 0, correctionsBytes: 0 } as const;
/** What a body of garbage makes is wrong, as is known once all of it has been made. */
const WRONG = 'PATCH_RESULT_MISMATCH';
const REFUSED = 'PATCH_SEGMENT_DAMAGED';
const HOSTILE: readonly Hostile[] = [
  { ...NOTHING, name: 'sides and body', oldBytes: 16 * MIB, bodyBytes: 5.9 * MIB, code: WRONG },
  { ...NOTHING, name: 'rows', oldBytes: 14 * MIB, rowCount: 2 ** 17, bodyBytes: MIB, code: WRONG },
  { ...NOTHING, name: 'a body', oldBytes: 8 * MIB, bodyBytes: 12.9 * MIB, code: WRONG },
  {
    ...NOTHING,
    name: 'expanded sides, streams and corrections',
    oldBytes: 8 * MIB,
    expandedNewBytes: 12 * MIB,
    bodyBytes: 3 * MIB,
    streams: STREAMS_MAX,
    correctionsBytes: 1.5 * MIB,
    code: REFUSED,
  },
  {
    ...NOTHING,
    name: 'more than all together may be',
    oldBytes: 12 * MIB,
    expandedNewBytes: 12 * MIB,
    rowCount: 2 ** 17,
    bodyBytes: 10 * MIB,
    streams: STREAMS_MAX,
    correctionsBytes: 1.5 * MIB,
    code: REFUSED,
  },
];

/** A body of garbage with the most of what a segment may ask for. */
function forgeBody(hostile: Hostile, segment: PatchSegment): Uint8Array {
  const random = new SeededRandom(5);
  const { oldBytes, expandedNewBytes, rowCount, streams, correctionsBytes, bodyBytes } = hostile;
  const newBytes = expandedNewBytes ?? segment.newBytes;
  const step = Math.floor(newBytes / rowCount);
  const triples = Array.from({ length: rowCount }, (_, row) => [
    row * step,
    (row * 7919) % (oldBytes - step),
    // What lies between rows is slow to decode, and takes no other memory.
    step - Math.min(1024, step >> 4),
  ]);
  const rows = encodeRows(Uint32Array.from(triples.flat()));
  const inflatedBytes = Math.floor(newBytes / Math.max(1, streams));
  const settings = { ...USUAL_SETTINGS, level: 9 };
  const rebuilt = Array.from({ length: streams }, (): RebuiltStream => {
    const corrections = random.bytes(Math.floor(correctionsBytes / streams));
    return { gapBytes: 0, cuts: [], tailBytes: 0, inflatedBytes, description: { settings, corrections } };
  });
  const raw = serializeExpansion({ old: [], new: rebuilt });
  const packed = compressFrame(raw, { level: 1, checksum: false });
  const expanded = expandedNewBytes === undefined ? undefined : { oldBytes, newBytes, packed };
  const extra = random.bytes(bodyBytes - rows.length - (expanded === undefined ? 0 : packed.length) - 64);
  // Coded, with no block that is left raw.
  extra[0] = 0;
  return serializeSegmentBody({
    rowCount,
    rows,
    predicted: false,
    touchedOnly: false,
    differencesCoding: 0,
    differences: new Uint8Array(),
    extraCoding: EXTRA_CODING.mixed,
    extra,
    expanded,
  });
}

it.each(HOSTILE)(
  'a segment that asks for the most of $name takes no more memory than promised, or is refused',
  async (hostile) => {
    await using large = await LargePatch.make('fast');
    const opened = await openBytes(await readFile(large.patchPath));
    const { patch } = opened;
    const bodies: Uint8Array[] = [];
    for (const segment of patch.segments) bodies.push(await opened.readSegment(segment));
    const real = patch.segments[0] as PatchSegment;
    const body = forgeBody(hostile, real);
    const segment = {
      ...real,
      packedBytes: body.length,
      packedSha256: computeSha256(body),
      oldRanges: [{ oldFile: 0, offset: 0, length: hostile.oldBytes }],
    };
    await writeFile(
      large.patchPath,
      forgePatch({ patch, bodies }, { kind: 'segment', segment, row: 0, body }),
    );
    const { peakBytes, code } = large.apply();
    expect([WRONG, REFUSED]).toContain(code);
    if (hostile.code === REFUSED) expect(code).toBe(REFUSED);
    expect(peakBytes).toBeLessThanOrEqual(APPLY_MEMORY_BYTES);
  },
);
