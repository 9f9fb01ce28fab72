import path from 'node:path';
import { hasCode } from '../../errors.ts';
import { type InstallState, moveTo, readInstallState, recover } from '../../install/install.ts';
import type { MoveOutcome } from '../../install/move/move-install.ts';
import { listTree, walk } from './expected-tree.ts';
import type { SimNode } from './sim-node.ts';
import type { SimWorld } from './sim-world.ts';

/**
 * Where a simulated player's game may lie: two folders of one drive, where a move is a rename or a copy, and one of
 * another drive, where it is always a copy.
 */
export class GamePlaces {
  readonly #world: SimWorld;
  readonly #roots: readonly [string, string, string];
  #root: string;
  #outside: string;

  /** Call once everything that is not the game's lies on the drives. */
  constructor(world: SimWorld) {
    this.#world = world;
    const { player, drive } = world;
    this.#roots = [
      path.join(player.root, 'games', 'skylark'),
      path.join(player.root, 'games', 'lark'),
      path.join(drive.root, 'skylark'),
    ];
    [this.#root] = this.#roots;
    this.#outside = this.#listOutside();
  }

  /** The install's folder. */
  get root(): string {
    return this.#root;
  }

  /** The other two are numbered 0 and 1. */
  other(number: number): string {
    return this.#roots.filter((root) => root !== this.#root)[number] as string;
  }

  async move(to: string, how: 'copy' | undefined, signal: AbortSignal): Promise<MoveOutcome> {
    const clock = this.#world.scheduler;
    const outcome = await moveTo({ root: this.#root, to, how, clock, signal });
    if (outcome.kind === 'done') {
      if (outcome.root !== to) throw new Error(`moved to ${outcome.root}, not to ${to}`);
      if (outcome.left.length > 0) throw new Error(`${outcome.left.join(', ')} stayed behind`);
      this.#root = to;
    }
    return outcome;
  }

  /**
   * Bring the install to rest, wherever a move that was struck has left it.
   * @param to Where the last move led; undefined when there was none.
   */
  async settle(to: string | undefined): Promise<InstallState> {
    const isMoved = await recover(this.#root).then(
      () => false,
      (error: unknown) => {
        if (to === undefined || !hasCode(error, 'INSTALL_MOVED')) throw error;
        return true;
      },
    );
    const here = await readInstallState(this.#root);
    if (to === undefined || here.installed !== null) return here;
    // The folder may be gone with all that said where to.
    const there = isMoved ? await readInstallState(to) : await recover(to);
    if (there.installed === null) return here;
    this.#root = to;
    return there;
  }

  /** @throws When anything but the install changed, or a file lies where it is not. */
  assertUntouched({ moving }: Pick<InstallState, 'moving'>): void {
    const outside = this.#listOutside();
    if (outside !== this.#outside) throw new Error(`something outside the install changed: ${outside}`);
    for (const root of this.#roots) {
      if (root === this.#root || root === moving?.to) continue;
      for (const folder of [root, stateFolderBeside(root)]) {
        const node = this.look(folder);
        if (node === undefined) continue;
        walk(node, '', (treePath, { kind }) => {
          if (kind !== 'directory' && !/(?:^|\/)lock\//.test(treePath))
            throw new Error(`${treePath} stayed in ${folder}`);
        });
      }
    }
  }

  look(absolute: string): SimNode | undefined {
    const disk = this.#world.diskOf(absolute);
    let node: SimNode | undefined = disk.rootNode;
    for (const name of path.relative(disk.root, absolute).split(path.sep).filter(Boolean))
      node = node?.names.get(name);
    return node;
  }

  #listOutside(): string {
    const listed = [this.#world.player, this.#world.drive].map(({ root, rootNode }) =>
      listTree(rootNode, (treePath) => this.#isOurs(path.join(root, treePath))),
    );
    return JSON.stringify(listed.map((tree) => [...tree]));
  }

  #isOurs(absolute: string): boolean {
    return this.#roots.some((root) =>
      [root, stateFolderBeside(root)].some(
        (own) => absolute === own || absolute.startsWith(`${own}${path.sep}`),
      ),
    );
  }
}

function stateFolderBeside(root: string): string {
  return path.join(path.dirname(root), `.${path.basename(root)}.gantry`);
}
