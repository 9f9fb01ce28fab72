import { PACK_TARGET_BYTES } from '../formats/pack-format.ts';
import type { ScannedTree } from '../scan/scan-tree.ts';
import { pushErrors } from './push-errors.ts';
import type { KnownChunks } from './push-port.ts';

/** What a push will store, decided before anything is read again. */
export interface PushPlan {
  /** Rows of the scanned chunk table, one list a new pack, in tree order. */
  readonly packs: readonly Uint32Array[];
  /** Chunks that are stored already. */
  readonly knownChunks: number;
  readonly newChunks: number;
  /** Raw bytes of the new ones. */
  readonly newBytes: number;
}

/**
 * Decide which chunks go into which new packs: those not stored yet, in the order of the tree, so that what is
 * read together lies together. Packs are closed by raw size, so the plan does not depend on compression; a
 * pack of content that does not compress is the largest there is.
 * @param packBytes Raw bytes at which a pack is closed.
 * @throws {AppError} `PUSH_ANSWER_MALFORMED` when the answer does not fit the question.
 */
export function planPush(scanned: ScannedTree, known: KnownChunks, packBytes = PACK_TARGET_BYTES): PushPlan {
  checkAnswer(scanned, known);
  const packs: number[][] = [];
  let openBytes = packBytes;
  let newChunks = 0;
  let newBytes = 0;
  for (let row = 0; row < scanned.chunks.count; row++) {
    if (known.pack[row] !== -1) continue;
    const sizeBytes = scanned.chunks.sizeBytes[row] as number;
    if (openBytes + sizeBytes > packBytes) {
      packs.push([]);
      openBytes = 0;
    }
    (packs.at(-1) as number[]).push(row);
    openBytes += sizeBytes;
    newChunks++;
    newBytes += sizeBytes;
  }
  return {
    packs: packs.map((rows) => Uint32Array.from(rows)),
    knownChunks: scanned.chunks.count - newChunks,
    newChunks,
    newBytes,
  };
}

function checkAnswer({ chunks }: ScannedTree, known: KnownChunks): void {
  const lengths = [known.pack.length, known.offset.length, known.packedBytes.length];
  if (lengths.some((length) => length !== chunks.count)) throw malformed('its columns have the wrong length');
  for (let row = 0; row < chunks.count; row++) {
    const pack = known.pack[row] as number;
    if (pack === -1) continue;
    const place = [pack, known.offset[row] as number, known.packedBytes[row] as number];
    const whole = place.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32);
    if (!whole || pack >= known.packs.length) throw malformed('a chunk lies in no pack');
  }
}

function malformed(reason: string): Error {
  return pushErrors.error('PUSH_ANSWER_MALFORMED', { reason });
}
