import { DeflateCoder, type DeflateDescription } from '../../kernels/deflate/deflate-coder.ts';
import { createMemory, growMemory } from '../../kernels/load-kernel.ts';

/** Behind what the coder itself lays. */
const ROOM_AT = 32 * 2 ** 20;
/** What it reads behind content. */
const SLACK_BYTES = 64;

/** A coder, and room in its memory for what it works on. */
export class CoderRoom {
  readonly #memory = createMemory();
  readonly coder = new DeflateCoder(this.#memory);

  /** Copies of these bytes, followed by so many zeros. All are good until the next call. */
  lay(bytes: Uint8Array, zeros: number): { readonly laid: Uint8Array; readonly room: Uint8Array } {
    const roomAt = ROOM_AT + bytes.length + SLACK_BYTES;
    growMemory(this.#memory, roomAt + zeros + SLACK_BYTES);
    const laid = new Uint8Array(this.#memory.buffer, ROOM_AT, bytes.length);
    laid.set(bytes);
    return { laid, room: new Uint8Array(this.#memory.buffer, roomAt, zeros).fill(0) };
  }

  /** Rebuild content that lies elsewhere. @returns A copy of the stream, of at most so many bytes. */
  rebuild(
    content: Uint8Array,
    description: DeflateDescription,
    mostBytes: number,
    work?: number,
  ): Uint8Array | undefined {
    const { laid, room } = this.lay(content, mostBytes);
    const packedBytes = this.coder.rebuild(laid, description, room, work);
    return packedBytes === undefined ? undefined : room.slice(0, packedBytes);
  }
}
