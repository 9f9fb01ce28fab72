import type { Socket } from 'node:net';
import { parseResponseHead, type ResponseHead } from './response-head.ts';

/** Bytes read where nobody has asked for them yet: a head, and what comes with it. Also the longest head. */
const ASIDE_BYTES = 32 * 1024;
/** On a slow line a room that does not fill is given as it is after so long: speeds and progress are shown as they are. */
const ROOM_MS_MAX = 50;
/** Connections that nobody used for so long are closed: servers do so from five seconds on, and a race is a failure. */
const IDLE_MS_MAX = 4_000;
const HEAD_END = Buffer.from('\r\n\r\n');

/** What a socket is told to read into: `buffer` is asked after each call of `callback`, and before the first. */
export interface OnRead {
  readonly buffer: () => Uint8Array;
  /** @returns False to read no more until the socket is resumed. */
  readonly callback: (sizeBytes: number, bytes: Uint8Array) => boolean;
}

/** The head is not one this reader knows; Node's own may. */
export class UnusualHead extends Error {}

interface Reading {
  readonly room: Uint8Array;
  readonly begun: number;
  filledBytes: number;
  readonly done: PromiseWithResolvers<number>;
}

/**
 * One HTTP/1.1 connection over which ranges are asked for, one after the other, and read where they shall be: the kernel
 * copies each byte once, into the room of whoever asked, and nothing is made for it. Reading 150 MB takes 0.05 s of CPU so,
 * and 0.35 s by Node's client and a copy to the same place.
 */
export class RangeConnection {
  readonly #socket: Socket;
  readonly #aside = Buffer.allocUnsafeSlow(ASIDE_BYTES);
  /** Of what lies aside, the bytes nobody has taken: [from, to). */
  #from = 0;
  #to = 0;
  #head: PromiseWithResolvers<ResponseHead> | undefined;
  #staysOpen = false;
  /** Bytes of the body that have not come from the socket. */
  #leftBytes = 0;
  #reading: Reading | undefined;
  #failure: Error | undefined;
  /** True once a byte of the answer has come. */
  hasAnswered = false;

  /** @param connect Opens a socket that reads as it is told. */
  constructor(connect: (onread: OnRead) => Socket) {
    this.#socket = connect({
      buffer: () => this.#nextRoom(),
      callback: (sizeBytes, bytes) => this.#take(sizeBytes, bytes),
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.once('end', () => this.#fail(brokenOff()));
    this.#socket.once('close', () => this.#fail(brokenOff()));
    this.#socket.on('timeout', () => this.#socket.destroy());
  }

  get isBroken(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether the answer has been read to its end and another may be asked for. */
  get isFree(): boolean {
    return !this.isBroken && this.#staysOpen && this.#head === undefined && this.isRead;
  }

  /** Whether all of the body has been read. */
  get isRead(): boolean {
    return this.#leftBytes === 0 && this.#from === this.#to;
  }

  /** Let it wait for another request, for a while, without keeping the process alive. */
  rest(): void {
    this.#socket.setTimeout(IDLE_MS_MAX);
    this.#socket.unref();
  }

  /**
   * Ask.
   * @param request All of it.
   * @throws {UnusualHead} With the connection broken; or what broke it.
   */
  ask(request: string): Promise<ResponseHead> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#socket.setTimeout(0);
    this.#socket.ref();
    this.hasAnswered = false;
    this.#head = Promise.withResolvers();
    this.#socket.write(request, 'latin1');
    return this.#head.promise;
  }

  /**
   * Read on into `room`.
   * @returns How many bytes: until the room or the body ends, or fewer where they come slowly; 0 behind the last.
   * @throws What broke the connection, behind the bytes that came before.
   */
  read(room: Uint8Array): Promise<number> {
    this.#reading = { room, begun: performance.now(), filledBytes: 0, done: Promise.withResolvers() };
    const { promise } = this.#reading.done;
    this.#takeAside(this.#reading);
    if (this.#reading.filledBytes > 0 || this.#leftBytes === 0) this.#give();
    else if (this.#failure !== undefined) this.#reading.done.reject(this.#failure);
    else this.#socket.resume();
    return promise;
  }

  /** Close it; whoever reads hears of it. */
  destroy(error: Error = brokenOff()): void {
    // First: nothing may be read into a room that was given back.
    this.#socket.destroy();
    this.#fail(error);
  }

  #nextRoom(): Uint8Array {
    const reading = this.#reading;
    if (reading !== undefined && this.#from === this.#to && this.#leftBytes > 0) {
      const { room, filledBytes } = reading;
      return room.subarray(filledBytes, filledBytes + this.#leftBytes);
    }
    // What is full is not read into: the socket was paused.
    const at = this.#from === this.#to || this.#to === ASIDE_BYTES ? 0 : this.#to;
    return this.#aside.subarray(at);
  }

  #take(sizeBytes: number, bytes: Uint8Array): boolean {
    this.hasAnswered = true;
    if (bytes.buffer !== this.#aside.buffer) {
      // Straight into the room of whoever reads.
      if (this.#reading === undefined) throw new Error('bytes were read into a room nobody gave');
      this.#leftBytes -= sizeBytes;
      this.#reading.filledBytes += sizeBytes;
      this.#giveIfDue(this.#reading);
      return true;
    }
    const at = bytes.byteOffset - this.#aside.byteOffset;
    if (this.#from === this.#to) this.#from = at;
    this.#to = at + sizeBytes;
    if (this.#head !== undefined) return this.#findHead(this.#head);
    return this.#takeBody(sizeBytes);
  }

  #findHead(head: PromiseWithResolvers<ResponseHead>): boolean {
    const come = this.#aside.subarray(this.#from, this.#to);
    const end = come.indexOf(HEAD_END);
    if (end < 0 && this.#to < ASIDE_BYTES) return true;
    const parsed = end < 0 ? undefined : parseResponseHead(come.toString('latin1', 0, end));
    if (parsed === undefined) {
      this.destroy(new UnusualHead('the head of an answer is out of the ordinary'));
      return false;
    }
    this.#head = undefined;
    this.#from += end + HEAD_END.length;
    this.#staysOpen = parsed.staysOpen;
    this.#leftBytes = parsed.sizeBytes;
    const isRight = this.#takeBody(this.#to - this.#from);
    head.resolve(parsed);
    return isRight;
  }

  /** @param sizeBytes Of what came last and lies aside. */
  #takeBody(sizeBytes: number): boolean {
    if (sizeBytes > this.#leftBytes) {
      // Also of a connection that rests: nobody asked for that.
      this.destroy();
      return false;
    }
    this.#leftBytes -= sizeBytes;
    if (this.#reading !== undefined) {
      this.#takeAside(this.#reading);
      this.#giveIfDue(this.#reading);
    }
    return this.#to < ASIDE_BYTES || this.#from === this.#to;
  }

  #takeAside(reading: Reading): void {
    const { room, filledBytes } = reading;
    const bytes = this.#aside.subarray(
      this.#from,
      Math.min(this.#to, this.#from + room.length - filledBytes),
    );
    room.set(bytes, filledBytes);
    this.#from += bytes.length;
    reading.filledBytes += bytes.length;
  }

  #giveIfDue({ room, begun, filledBytes }: Reading): void {
    const isFull = filledBytes === room.length || this.#leftBytes === 0;
    if (isFull || performance.now() - begun >= ROOM_MS_MAX) this.#give();
  }

  #give(): void {
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.done.resolve(reading.filledBytes);
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#head?.reject(error);
    this.#head = undefined;
    if ((this.#reading?.filledBytes ?? 0) > 0) this.#give();
    else this.#reading?.done.reject(error);
    this.#reading = undefined;
    this.#socket.destroy();
  }
}

/** As Node's own client says it. */
function brokenOff(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}
