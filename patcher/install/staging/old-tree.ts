import { SafeTree } from '../disk/safe-tree.ts';

/** The old build's files for reading, some of which made way for new ones and lie elsewhere meanwhile. */
export class OldTree extends SafeTree {
  /** Tree path → where the old file is now. */
  readonly elsewhere: ReadonlyMap<string, string>;

  constructor(root: string, elsewhere: ReadonlyMap<string, string>) {
    super(root);
    this.elsewhere = elsewhere;
  }

  override resolve(treePath: string): string {
    return this.elsewhere.get(treePath) ?? super.resolve(treePath);
  }
}
