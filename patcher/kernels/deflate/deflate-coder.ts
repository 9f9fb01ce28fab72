import { wasmBase64 } from '../gen/deflate.ts';
import { compileKernel, createMemory, instantiateKernel, type Kernel, layBuffers } from '../load-kernel.ts';

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
  /** Whether that is all of it: also where a trial was asked for, when the stream is short. */
  readonly whole: boolean;
  /** What rebuilding as much takes: see `DeflateCoder.rebuildWork`. */
  readonly work: number;
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
  describe(
    packed: number,
    packedLength: number,
    output: number,
    most: number,
    trial: number,
    predictions: number,
  ): number;
  rebuild(
    corrections: number,
    correctionsLength: number,
    output: number,
    most: number,
    predictions: number,
  ): number;
  inflate(packed: number, packedLength: number, output: number, most: number): number;
  isWhole(): number;
  packedBytes(): number;
  workDone(): number;
  mistakeCount(): number;
  firstBlockTokenCount(): number;
  firstBlockByteCount(): number;
}

/** A stream and its content in the kernel's memory. */
interface LoadedStream {
  readonly input: number;
  readonly inputBytes: number;
  readonly stream: number;
  readonly streamBytes: number;
  readonly output: number;
  /** Two places for notes of what was predicted, so that a failure leaves those of the last success. */
  readonly notes: readonly [number, number];
}

/** The last fit that was whole. */
interface NotedFit {
  readonly fit: DeflateFit;
  /** Where its predictions are. */
  readonly notes: number;
}

/** Corrections may be longer than a stream by so much. */
const CORRECTIONS_BEYOND_BYTES = 4096;
/** What is noted for a token. */
const NOTE_BYTES = 8;
/** For `notes`: search again. */
const NO_NOTES = 0;
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

/** Where the kernel's data begins, as its `asconfig.json` says. */
export const DEFLATE_DATA_AT = 10 * 2 ** 20;

/** A stream as it was found. */
export interface InflatedStream {
  readonly packedBytes: number;
  readonly inflatedBytes: number;
}

/**
 * Describes, rebuilds and inflates deflate streams. What it describes lies in a memory that it keeps, as large as the largest
 * stream needed; rebuilding and inflating go from one place of a shared memory to another.
 */
export class DeflateCoder {
  #kernel: DeflateKernel;
  #rebuildWork = 0;
  #loaded: LoadedStream | undefined;
  #noted: NotedFit | undefined;

  /** @param memory From {@link DEFLATE_DATA_AT} on it holds the kernel's data and, behind that, what is described or joined. */
  constructor(memory = createMemory()) {
    this.#kernel = instantiateKernel<DeflateKernel>(module, memory);
  }

  /** Lay the kernel's data anew, over which something else was written. */
  renew(): void {
    const { memory, heapStart } = this.#kernel;
    new Uint8Array(memory.buffer, 0, heapStart()).fill(0, DEFLATE_DATA_AT);
    this.#kernel = instantiateKernel<DeflateKernel>(module, memory);
    this.#loaded = undefined;
  }

  /** Lay pieces end to end in its memory, until the next call of any method but {@link inflate}. */
  join(pieces: readonly Uint8Array[]): Uint8Array {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#loaded = undefined;
    const [start] = this.#lay([length]) as [number];
    const joined = new Uint8Array(this.#kernel.memory.buffer, start, length);
    let at = 0;
    for (const piece of pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }

  /**
   * Inflate the stream that these bytes begin with.
   * @param packed In the coder's memory. @param room There, too; no byte behind it is written.
   * @returns `undefined` when there is no stream, or none that fits.
   */
  inflate(packed: Uint8Array, room: Uint8Array): InflatedStream | undefined {
    const inflatedBytes = this.#kernel.inflate(
      packed.byteOffset,
      packed.length,
      room.byteOffset,
      room.length,
    );
    return inflatedBytes < 0 ? undefined : { packedBytes: this.#kernel.packedBytes(), inflatedBytes };
  }

  /** How much work the last rebuilding took: the same everywhere, and what has to be allowed for it. */
  get rebuildWork(): number {
    return this.#rebuildWork;
  }

  /**
   * Take a stream over, to be described and proved until another is loaded or one is rebuilt.
   * @param inflated Its content.
   */
  load(packed: Uint8Array, inflated: Uint8Array): void {
    // Each token takes a bit at least.
    const notesBytes = NOTE_BYTES * Math.min(inflated.length, 8 * packed.length);
    const outputBytes = packed.length + CORRECTIONS_BEYOND_BYTES;
    const lengths = [inflated.length, packed.length, outputBytes, notesBytes, notesBytes];
    const [input, stream, output, ...notes] = this.#lay(lengths) as [number, number, number, number, number];
    const { memory } = this.#kernel;
    new Uint8Array(memory.buffer, input, inflated.length).set(inflated);
    new Uint8Array(memory.buffer, stream, packed.length).set(packed);
    this.#noted = undefined;
    this.#loaded = {
      input,
      inputBytes: inflated.length,
      stream,
      streamBytes: packed.length,
      output,
      notes,
    };
  }

  /**
   * Describe the loaded stream as made with these settings.
   * @param most How many bytes of corrections to allow.
   * @param trialBytes Describe no more than about this much of the content, to compare settings.
   * @returns `undefined` for what is no deflate stream, does not end where `packed` ends, or takes more corrections
   *   or time than allowed. The description is not proved: see `prove`.
   */
  describe(
    settings: DeflateSettings,
    { most, trialBytes }: { readonly most: number; readonly trialBytes?: number },
  ): DeflateFit | undefined {
    const kernel = this.#kernel;
    const { input, inputBytes, stream, streamBytes, output, notes } = this.#stream;
    const place = notes[0] === this.#noted?.notes ? notes[1] : notes[0];
    this.#configure(input, inputBytes, settings, workOfContent(inputBytes));
    const allowed = Math.min(most, streamBytes + CORRECTIONS_BEYOND_BYTES);
    const trial = trialBytes ?? inputBytes + 1;
    const bytes = kernel.describe(stream, streamBytes, output, allowed, trial, place);
    if (bytes < 0) return undefined;
    const packedBytes = kernel.packedBytes();
    const whole = kernel.isWhole() !== 0 && packedBytes === streamBytes;
    if (trialBytes === undefined && !whole) return undefined;
    const fit = {
      settings,
      corrections: new Uint8Array(kernel.memory.buffer, output, bytes).slice(),
      mistakes: kernel.mistakeCount(),
      firstBlockTokens: kernel.firstBlockTokenCount(),
      firstBlockBytes: kernel.firstBlockByteCount(),
      packedBytes,
      whole,
      work: workToBegin(settings) + kernel.workDone(),
    };
    if (whole) this.#noted = { fit, notes: place };
    return fit;
  }

  /**
   * Prove a whole description of the loaded stream by rebuilding it. What was predicted is known from describing it with
   * the same code, and not searched for again; the stream's own bytes are gone then.
   * @returns Whether it gives the stream.
   */
  prove(fit: DeflateFit, packed: Uint8Array): boolean {
    const { settings, corrections } = fit;
    if (this.#noted?.fit !== fit) this.describe(settings, { most: corrections.length });
    const noted = this.#noted;
    if (noted === undefined || Buffer.compare(noted.fit.corrections, corrections) !== 0) return false;
    const { memory } = this.#kernel;
    const { input, inputBytes, stream, streamBytes, output } = this.#stream;
    this.#loaded = undefined;
    new Uint8Array(memory.buffer, output, corrections.length).set(corrections);
    this.#configure(input, inputBytes, settings, workOfContent(inputBytes));
    const bytes = this.#kernel.rebuild(output, corrections.length, stream, streamBytes, noted.notes);
    return (
      bytes === packed.length && Buffer.compare(new Uint8Array(memory.buffer, stream, bytes), packed) === 0
    );
  }

  /**
   * Make a stream from its content and its description, which need not be trusted.
   * @param inflated In the coder's memory. @param room There, too: where to put the stream.
   * @param workMost How much work it may take.
   * @returns How long the stream is; `undefined` when the description makes no such stream within the room and the work
   *   allowed.
   */
  rebuild(
    inflated: Uint8Array,
    { settings, corrections }: DeflateDescription,
    room: Uint8Array,
    workMost = Infinity,
  ): number | undefined {
    this.#rebuildWork = 0;
    const beginning = workToBegin(settings);
    const work = Math.min(workOfContent(inflated.length), workMost - beginning);
    if (work < 0) return undefined;
    const { byteOffset, length } = inflated;
    const coded = this.join([corrections]);
    const behind = new Uint8Array(this.#kernel.memory.buffer, byteOffset + length, ZEROS_BEHIND);
    const kept = behind.slice();
    this.#configure(byteOffset, length, settings, work);
    const bytes = this.#kernel.rebuild(
      coded.byteOffset,
      coded.length,
      room.byteOffset,
      room.length,
      NO_NOTES,
    );
    behind.set(kept);
    this.#rebuildWork = beginning + this.#kernel.workDone();
    return bytes >= 0 && bytes <= room.length ? bytes : undefined;
  }

  get #stream(): LoadedStream {
    if (this.#loaded === undefined) throw new TypeError('no stream is loaded');
    return this.#loaded;
  }

  #lay(lengths: readonly number[]): number[] {
    const padded = lengths.map((length) => length + SLACK_BYTES);
    return layBuffers(this.#kernel.memory, this.#kernel.heapStart(), padded);
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
