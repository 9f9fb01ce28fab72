import { lstatSync } from 'node:fs';

/**
 * Which folders of a tree are real ones and can be reached without following a link. Each is looked at once, however
 * many entries lie in it: for one pass over a tree, and not to be kept longer.
 */
export class RealFolders {
  readonly #root: string;
  readonly #known = new Map<string, boolean>();

  /** @param root Real path of the tree. */
  constructor(root: string) {
    this.#root = root;
  }

  /** True when every folder above an entry is a real folder. */
  reach(treePath: string): boolean {
    const slash = treePath.lastIndexOf('/');
    return slash === -1 || this.#isReal(treePath.slice(0, slash));
  }

  #isReal(folder: string): boolean {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const real = this.reach(folder) && isFolder(`${this.#root}/${folder}`);
    this.#known.set(folder, real);
    return real;
  }
}

/** A folder that may not be looked at is as good as none: nothing in it can be played. */
function isFolder(absolute: string): boolean {
  try {
    return lstatSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
