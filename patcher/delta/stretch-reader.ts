import type { OldStretch } from './decode-task.ts';
import { TreeFiles } from './tree-files.ts';

/** Reads stretches of old files into one buffer that grows to the longest of them. */
export class StretchReader implements Disposable {
  readonly #files: TreeFiles;
  #room = new Uint8Array();

  constructor(oldRoot: string) {
    this.#files = new TreeFiles(oldRoot);
  }

  /** @returns A view that is good until the next call. */
  readonly read = ({ path, offset, length }: OldStretch): Uint8Array => {
    if (this.#room.length < length) this.#room = new Uint8Array(length);
    const into = this.#room.subarray(0, length);
    this.#files.readInto(path, offset, into);
    return into;
  };

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }
}
