import { createHash } from 'node:crypto';

/** Multiplier of the rolling polynomial hash: odd, and its powers are far apart. */
const FACTOR = 0x08104225;

/** Blocks of a fixed size by their content, to be found again at any offset of other files: what rsync and wharf do. */
export class BlockIndex {
  readonly #blockBytes: number;
  /** FACTOR^blockBytes: what the byte that leaves the window weighs. */
  readonly #leaving: number;
  /** Rolling hash → strong hashes of the blocks that have it. */
  readonly #blocks = new Map<number, Set<string>>();

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
    let power = 1;
    for (let at = 0; at < blockBytes; at++) power = Math.imul(power, FACTOR);
    this.#leaving = power;
  }

  /** Add the blocks of an old file, the last one being as short as it is. */
  add(file: Uint8Array): void {
    for (let at = 0; at < file.length; at += this.#blockBytes) {
      const block = file.subarray(at, at + this.#blockBytes);
      const weak = rollingHash(block);
      const known = this.#blocks.get(weak);
      if (known === undefined) this.#blocks.set(weak, new Set([nameOf(block)]));
      else known.add(nameOf(block));
    }
  }

  /**
   * The short block that ends an old file is looked for where a match ended, not in between.
   * @returns The parts of a new file that lie in no old block, in order.
   */
  findLiterals(file: Uint8Array): Uint8Array[] {
    const literals: Uint8Array[] = [];
    let [literalStart, start] = [0, 0];
    let end = Math.min(this.#blockBytes, file.length);
    let hash = rollingHash(file.subarray(0, end));
    const take = (to: number): void => {
      if (to > literalStart) literals.push(file.subarray(literalStart, to));
    };
    while (start < file.length) {
      if (this.#blocks.get(hash)?.has(nameOf(file.subarray(start, end))) === true) {
        take(start);
        literalStart = start = end;
        end = Math.min(start + this.#blockBytes, file.length);
        hash = rollingHash(file.subarray(start, end));
      } else if (end === file.length) {
        break;
      } else {
        const leaving = Math.imul((file[start++] as number) + 1, this.#leaving);
        hash = (Math.imul(hash, FACTOR) + (file[end++] as number) + 1 - leaving) | 0;
      }
    }
    take(file.length);
    return literals;
  }
}

/** Bytes count from 1, so that runs of zeros of different length differ. */
function rollingHash(bytes: Uint8Array): number {
  let hash = 0;
  for (let at = 0; at < bytes.length; at++) hash = (Math.imul(hash, FACTOR) + (bytes[at] as number) + 1) | 0;
  return hash;
}

function nameOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}
