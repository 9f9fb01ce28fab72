import { wasmBase64 } from '../gen/deflate.ts';
import { compileKernel, instantiateKernel, type Kernel, layBuffers } from '../load-kernel.ts';

/** What zlib was told when it made a stream. */
export interface DeflateSettings {
  /** 1 to 9: how hard it looked for matches. */
  readonly level: number;
  /** 9 to 15: how far back it looked. */
  readonly windowBits: number;
  /** 8 to 16: size of its hash table; zlib's memLevel plus 7. */
  readonly hashBits: number;
  /** What the hash is taken of: 3 bytes as zlib does, or 4 as Chromium's zlib does, which Node and Android have. */
  readonly hashedBytes: number;
  /** 7 to 18: a block has 2^blockBits - 1 tokens; zlib's memLevel plus 6. */
  readonly blockBits: number;
  /** 0 default, 1 filtered, 2 Huffman only, 3 runs. */
  readonly strategy: number;
}

/** A stream as its settings and what they do not tell. */
export interface DeflateDescription {
  readonly settings: DeflateSettings;
  /** Empty when the settings tell all. */
  readonly corrections: Uint8Array;
}

/** How well settings fit a stream. */
export interface DeflateFit extends DeflateDescription {
  /** Tokens that were not as predicted. */
  readonly mistakes: number;
  readonly firstBlockTokens: number;
  /** How much content the first block gives. */
  readonly firstBlockBytes: number;
  /** How much of the stream was described. */
  readonly packedBytes: number;
}

interface DeflateKernel extends Kernel {
  heapStart(): number;
  configure(
    bytes: number,
    length: number,
    level: number,
    windowBits: number,
    hashBits: number,
    hashedBytes: number,
    blockBits: number,
    strategy: number,
    work: number,
  ): void;
  describe(packed: number, packedLength: number, output: number, most: number, trial: number): number;
  rebuild(corrections: number, correctionsLength: number, output: number, most: number): number;
  packedBytes(): number;
  workDone(): number;
  mistakeCount(): number;
  firstBlockTokenCount(): number;
  firstBlockByteCount(): number;
}

/** What kernels may read or write beyond a buffer, and a block's corrections beyond their limit. */
const SLACK_BYTES = 8192;
const ZEROS_BEHIND = 16;
/**
 * Candidates that may be looked at for each byte of content, and for each stream. zlib's level 9 looks at some
 * hundreds for each byte of the worst real content; a stream that needs more is not described, so that none takes
 * a player longer than seconds.
 */
const WORK_PER_BYTE = 256;
const WORK_PER_STREAM = 2 ** 20;

/** What a stream takes before its first byte, in candidates: its memory, and clearing the hash table, 2^hashBits slots. */
const WORK_TO_BEGIN = 2048;
const SLOTS_PER_WORK = 8;

const module = compileKernel(wasmBase64);

/** Describes and rebuilds deflate streams; keeps its memory, which is as large as the largest stream needed. */
export class DeflateCoder {
  readonly #kernel = instantiateKernel<DeflateKernel>(module);
  #rebuildWork = 0;

  /** How much work the last rebuilding took: the same everywhere, and what has to be allowed for it. */
  get rebuildWork(): number {
    return this.#rebuildWork;
  }

  /**
   * Describe a stream as made with these settings.
   * @param inflated Its content.
   * @param most How many bytes of corrections to allow.
   * @param trialBytes Describe no more than about this much of the content, to compare settings.
   * @returns `undefined` for what is no deflate stream, does not end where `packed` ends, or takes more corrections
   *   or time than allowed. The description is not proved: see `rebuild`.
   */
  describe(
    packed: Uint8Array,
    inflated: Uint8Array,
    settings: DeflateSettings,
    { most, trialBytes }: { readonly most: number; readonly trialBytes?: number },
  ): DeflateFit | undefined {
    const kernel = this.#kernel;
    const [input, stream, output] = this.#lay([inflated.length, packed.length, most]);
    const { memory } = kernel;
    new Uint8Array(memory.buffer, input, inflated.length).set(inflated);
    new Uint8Array(memory.buffer, stream, packed.length).set(packed);
    this.#configure(input, inflated.length, settings, workOfContent(inflated.length));
    const bytes = kernel.describe(stream, packed.length, output, most, trialBytes ?? inflated.length + 1);
    if (bytes < 0) return undefined;
    const packedBytes = kernel.packedBytes();
    if (trialBytes === undefined && packedBytes !== packed.length) return undefined;
    return {
      settings,
      corrections: new Uint8Array(memory.buffer, output, bytes).slice(),
      mistakes: kernel.mistakeCount(),
      firstBlockTokens: kernel.firstBlockTokenCount(),
      firstBlockBytes: kernel.firstBlockByteCount(),
      packedBytes,
    };
  }

  /**
   * Make a stream from its content and its description, which need not be trusted.
   * @param most How long the stream may be, and how much work it may take.
   * @returns A view of the kernel's memory, valid until the next call; `undefined` when the description makes no
   *   such stream within the time allowed.
   */
  rebuild(
    inflated: Uint8Array,
    { settings, corrections }: DeflateDescription,
    most: { readonly bytes: number; readonly work?: number },
  ): Uint8Array | undefined {
    const kernel = this.#kernel;
    const [input, coded, output] = this.#lay([inflated.length, corrections.length, most.bytes]);
    const { memory } = kernel;
    new Uint8Array(memory.buffer, input, inflated.length).set(inflated);
    new Uint8Array(memory.buffer, coded, corrections.length).set(corrections);
    const beginning = workToBegin(settings);
    const work = Math.min(workOfContent(inflated.length), (most.work ?? Infinity) - beginning);
    this.#rebuildWork = 0;
    if (work < 0) return undefined;
    this.#configure(input, inflated.length, settings, work);
    const bytes = kernel.rebuild(coded, corrections.length, output, most.bytes);
    this.#rebuildWork = beginning + kernel.workDone();
    return bytes >= 0 && bytes <= most.bytes ? new Uint8Array(memory.buffer, output, bytes) : undefined;
  }

  #lay(lengths: readonly [number, number, number]): [number, number, number] {
    const padded = lengths.map((length) => length + SLACK_BYTES);
    return layBuffers(this.#kernel.memory, this.#kernel.heapStart(), padded) as [number, number, number];
  }

  #configure(input: number, length: number, settings: DeflateSettings, work: number): void {
    const { level, windowBits, hashBits, hashedBytes, blockBits, strategy } = settings;
    // The last hash of four bytes takes one behind the end, which must be the same everywhere.
    new Uint8Array(this.#kernel.memory.buffer, input + length, ZEROS_BEHIND).fill(0);
    this.#kernel.configure(
      input,
      length,
      level,
      windowBits,
      hashBits,
      hashedBytes,
      blockBits,
      strategy,
      work,
    );
  }
}

function workOfContent(length: number): number {
  return WORK_PER_STREAM + WORK_PER_BYTE * length;
}

function workToBegin({ hashBits }: DeflateSettings): number {
  return WORK_TO_BEGIN + 2 ** hashBits / SLOTS_PER_WORK;
}
