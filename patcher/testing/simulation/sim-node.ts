import type { SeededRandom } from '../random-bytes.ts';

/** Bytes that reach a disk or do not, as one. */
const SECTOR_BYTES = 512;

/** A change of a file's bytes that was not flushed. */
type DataChange =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'resize'; readonly sizeBytes: number };

/** What had been changed of a node when its flush began. */
export interface FlushMark {
  readonly changes: number;
  readonly mode: number;
}

/** One file, folder or link: what programs see of it, and what of that would outlast a power cut. */
export class SimNode {
  readonly ino: number;
  readonly kind: 'file' | 'directory' | 'link';
  readonly target: string;
  mode: number;
  mtimeMs: number;
  /** Of a folder: what programs see in it. */
  readonly names = new Map<string, SimNode>();
  /** Of a folder: what is in it after a power cut. */
  durableNames = new Map<string, SimNode>();
  #bytes: Uint8Array = new Uint8Array();
  #sizeBytes = 0;
  #durableBytes: Uint8Array = new Uint8Array();
  #durableMode: number;
  #unflushed: DataChange[] = [];
  /** Of its bytes, since it was made. */
  #changes = 0;

  constructor(
    ino: number,
    made: { readonly kind: SimNode['kind']; readonly mode: number; readonly target?: string; now: number },
  ) {
    this.ino = ino;
    this.kind = made.kind;
    this.target = made.target ?? '';
    this.mode = made.mode;
    this.#durableMode = made.mode;
    this.mtimeMs = made.now;
  }

  get sizeBytes(): number {
    return this.kind === 'link' ? this.target.length : this.#sizeBytes;
  }

  /** What programs read; not to be changed. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#sizeBytes);
  }

  write(offset: number, bytes: Uint8Array, now: number): void {
    this.#note({ kind: 'write', offset, bytes: bytes.slice() });
    this.#grow(offset + bytes.length);
    this.#bytes.set(bytes, offset);
    this.mtimeMs = now;
  }

  resize(sizeBytes: number, now: number): void {
    if (sizeBytes === this.#sizeBytes) return;
    this.#note({ kind: 'resize', sizeBytes });
    if (sizeBytes < this.#sizeBytes) this.#bytes.fill(0, sizeBytes);
    this.#grow(sizeBytes);
    this.#sizeBytes = sizeBytes;
    this.mtimeMs = now;
  }

  /** The same node again, flushed, with all below it. @param known Copies by what they are of: a file may have two names. */
  copy(known: Map<SimNode, SimNode>): SimNode {
    const { ino, kind, mode, target, mtimeMs } = this;
    const copy = known.get(this) ?? new SimNode(ino, { kind, mode, target, now: mtimeMs });
    known.set(this, copy);
    copy.#bytes = this.bytes.slice();
    copy.#durableBytes = copy.#bytes;
    copy.#sizeBytes = this.#sizeBytes;
    for (const [name, inner] of this.names) copy.names.set(name, inner.copy(known));
    copy.durableNames = new Map(copy.names);
    return copy;
  }

  markFlush(): FlushMark {
    return { changes: this.#changes, mode: this.mode };
  }

  /** Make durable what had been changed when the flush began; of what was changed since, nobody knows. */
  flush(begun = this.markFlush()): void {
    const flushed = this.#takeFlushed(begun);
    if (this.#unflushed.length === 0 && flushed.length > 0) this.#durableBytes = this.bytes.slice();
    else
      this.#durableBytes = flushed.reduce((bytes, change) => applyChange(bytes, change), this.#durableBytes);
    if (this.mode === begun.mode) this.#durableMode = begun.mode;
  }

  /** As Linux does: what could not be written is called clean, so the next flush says yes and saves nothing of it. */
  failFlush(begun = this.markFlush()): void {
    this.#takeFlushed(begun);
  }

  /** Become what a power cut leaves: of what was not flushed nothing, all, or torn parts. */
  loseUnflushed(random: SeededRandom): void {
    const luck = random.below(4);
    let bytes: Uint8Array = this.#durableBytes.slice();
    for (const change of this.#unflushed) {
      if (luck === 0 || (luck > 1 && random.below(2) === 0)) continue;
      const torn = luck > 1 && change.kind === 'write';
      bytes = applyChange(bytes, torn ? tear(change, random) : change);
    }
    if (random.below(2) === 0) this.mode = this.#durableMode;
    this.#durableMode = this.mode;
    this.#bytes = bytes;
    this.#sizeBytes = bytes.length;
    this.#durableBytes = bytes.slice();
    this.#unflushed = [];
  }

  /** Flip a bit where it lies, as a failing disk does; nothing else of the file changes. */
  rot(at: number, mask: number): void {
    this.#bytes[at] = (this.#bytes[at] as number) ^ mask;
    this.#durableBytes = this.bytes.slice();
  }

  #note(change: DataChange): void {
    this.#unflushed.push(change);
    this.#changes++;
  }

  #takeFlushed({ changes }: FlushMark): DataChange[] {
    const later = this.#changes - changes;
    return this.#unflushed.splice(0, Math.max(0, this.#unflushed.length - later));
  }

  #grow(end: number): void {
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
  }
}

function applyChange(bytes: Uint8Array, change: DataChange): Uint8Array<ArrayBuffer> {
  const end = change.kind === 'resize' ? change.sizeBytes : change.offset + change.bytes.length;
  const sized = new Uint8Array(change.kind === 'resize' ? end : Math.max(end, bytes.length));
  sized.set(bytes.subarray(0, sized.length));
  if (change.kind === 'write') sized.set(change.bytes, change.offset);
  return sized;
}

/** The first sectors of a write. */
function tear(change: DataChange & { kind: 'write' }, random: SeededRandom): DataChange {
  const sectors = random.below(Math.ceil(change.bytes.length / SECTOR_BYTES) + 1);
  return { ...change, bytes: change.bytes.subarray(0, sectors * SECTOR_BYTES) };
}
