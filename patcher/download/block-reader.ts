import type { Readable } from 'node:stream';
import type { BodyPart, BodyReader } from './range-fetch.ts';

/** Bytes given at once: each block is a dozen promises, and at a tenth of a MB a second it comes every other second. */
const BLOCK_BYTES = 256 * 1024;
/** A block that does not fill is given as it is after so long: on a slow line speeds and progress are shown as they are. */
const BLOCK_MS_MAX = 50;
/** Blocks that wait for their reader before the sender has to wait as well. */
const READY_MAX = 1;
/** Blocks that wait to be filled again, of all bodies. */
const SPARE_MAX = 16;
const spare: Uint8Array<ArrayBuffer>[] = [];

/** Gathers a stream's bytes in blocks, each with memory of its own, whatever memory they come in. */
export class BlockReader implements BodyReader {
  readonly #stream: Readable;
  readonly #ready: Uint8Array[] = [];
  #block: Uint8Array<ArrayBuffer> = new Uint8Array();
  /** Of the block. */
  #filledBytes = 0;
  /** Bytes to come, as far as is known. */
  #leftBytes: number;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #waiting: PromiseWithResolvers<BodyPart> | undefined;
  #end: { readonly error?: Error } | undefined;

  /** @param sizeBytes Of all that comes, or `Infinity`: the last block is no larger than it has to be. */
  constructor(stream: Readable, sizeBytes: number) {
    this.#stream = stream;
    this.#leftBytes = sizeBytes;
    stream.on('data', (bytes: Uint8Array) => this.#take(bytes));
    stream.once('end', () => this.#finish({}));
    stream.once('error', (error) => this.#finish({ error }));
    stream.once('close', () => this.#finish({ error: new Error('the connection was closed') }));
  }

  /** @throws What broke the stream off, behind the bytes that came before. */
  async read(): Promise<BodyPart> {
    this.#waiting = Promise.withResolvers();
    const { promise } = this.#waiting;
    this.#give();
    return promise;
  }

  async cancel(): Promise<void> {
    this.#finish({});
    this.#stream.destroy();
  }

  reuse(bytes: Uint8Array): void {
    if (spare.length < SPARE_MAX && isBlock(bytes)) spare.push(bytes);
  }

  #take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#block.length === 0) this.#begin();
      const part = bytes.subarray(at, at + this.#block.length - this.#filledBytes);
      this.#block.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      this.#leftBytes -= part.length;
      at += part.length;
      if (this.#filledBytes === this.#block.length) this.#close();
    }
    this.#give();
    if (this.#ready.length >= READY_MAX && this.#leftBytes > 0) this.#stream.pause();
  }

  #begin(): void {
    const sizeBytes = Math.max(1, Math.min(BLOCK_BYTES, this.#leftBytes));
    this.#block = (sizeBytes === BLOCK_BYTES ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(sizeBytes);
    this.#startTimer();
  }

  #startTimer(): void {
    clearTimeout(this.#timer);
    this.#isDue = false;
    this.#timer = setTimeout(() => {
      this.#isDue = true;
      this.#give();
    }, BLOCK_MS_MAX);
  }

  /** The block is to be given. */
  #close(): void {
    clearTimeout(this.#timer);
    if (this.#filledBytes > 0) this.#ready.push(this.#block.subarray(0, this.#filledBytes));
    this.#block = new Uint8Array();
    this.#filledBytes = 0;
  }

  /** A copy, so that little bytes do not keep a block each. */
  #giveBegun(): void {
    this.#ready.push(Uint8Array.from(this.#block.subarray(0, this.#filledBytes)));
    this.#filledBytes = 0;
    this.#startTimer();
  }

  #finish(end: { readonly error?: Error }): void {
    if (this.#end !== undefined) return;
    this.#close();
    this.#end = end;
    this.#give();
  }

  #give(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (this.#ready.length === 0 && this.#isDue && this.#filledBytes > 0) this.#giveBegun();
    const value = this.#ready.shift();
    if (value === undefined && this.#end === undefined) {
      this.#stream.resume();
      return;
    }
    this.#waiting = undefined;
    if (value !== undefined) waiting.resolve({ done: false, value });
    else if (this.#end?.error !== undefined) waiting.reject(this.#end.error);
    else waiting.resolve({ done: true });
  }
}

function isBlock(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.length === BLOCK_BYTES;
}
