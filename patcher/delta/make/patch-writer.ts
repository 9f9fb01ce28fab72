import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Sha256 } from '../../formats/manifest.ts';
import type { UnplacedSegment } from '../../formats/patch.ts';
import { deltaErrors } from '../delta-errors.ts';

const COPY_BYTES = 2 ** 20;

/**
 * Writes a patch whose header is only known at the end: bodies go to a file beside it, in order, and are copied
 * behind the header when all are there. Neither file is left behind when it is disposed before it is finished.
 */
export class PatchWriter implements AsyncDisposable {
  /** In order, as far as written. */
  readonly segments: UnplacedSegment[] = [];
  readonly #outPath: string;
  readonly #bodies: FileHandle;
  /** Bodies that arrived before those in front of them. */
  readonly #early = new Map<number, { readonly body: Uint8Array; readonly segment: UnplacedSegment }>();

  private constructor(outPath: string, bodies: FileHandle) {
    this.#outPath = outPath;
    this.#bodies = bodies;
  }

  static async open(outPath: string): Promise<PatchWriter> {
    return new PatchWriter(outPath, await attempt(outPath, () => open(bodiesPath(outPath), 'w+')));
  }

  async addSegment(row: number, body: Uint8Array, segment: UnplacedSegment): Promise<void> {
    this.#early.set(row, { body, segment });
    for (;;) {
      const next = this.#early.get(this.segments.length);
      if (next === undefined) return;
      this.#early.delete(this.segments.length);
      await attempt(this.#outPath, () => this.#bodies.appendFile(next.body));
      this.segments.push(next.segment);
    }
  }

  /** Put the patch in place. */
  async finish(header: Uint8Array): Promise<{ readonly sha256: Sha256; readonly sizeBytes: number }> {
    return attempt(this.#outPath, async () => {
      const hash = createHash('sha256').update(header);
      await using out = await open(partPath(this.#outPath), 'w');
      await out.appendFile(header);
      const buffer = Buffer.alloc(COPY_BYTES);
      let position = 0;
      for (;;) {
        const { bytesRead } = await this.#bodies.read(buffer, 0, COPY_BYTES, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        hash.update(buffer.subarray(0, bytesRead));
        await out.appendFile(buffer.subarray(0, bytesRead));
      }
      await out.sync();
      await rename(partPath(this.#outPath), this.#outPath);
      return { sha256: hash.digest('hex') as Sha256, sizeBytes: header.length + position };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bodies.close();
    await rm(bodiesPath(this.#outPath), { force: true });
    await rm(partPath(this.#outPath), { force: true });
  }
}

function bodiesPath(outPath: string): string {
  return `${outPath}.bodies`;
}

function partPath(outPath: string): string {
  return `${outPath}.part`;
}

async function attempt<Value>(path: string, write: () => Promise<Value>): Promise<Value> {
  try {
    return await write();
  } catch (cause) {
    throw deltaErrors.error('PATCH_WRITE_FAILED', { path }, cause);
  }
}
