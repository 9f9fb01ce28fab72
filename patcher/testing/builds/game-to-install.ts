import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ObjectReference } from '../../download/object-fetcher.ts';
import type { InstallOutcome } from '../../install/install.ts';
import { compareTrees } from '../trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from './game-on-cdn.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { evolveFakeBuild, type FakeNode, makeFakeBuild } from '../trees/tree-builder.ts';

/** A game on a CDN with builds to install, and a place for each test. */
export class GameToInstall {
  readonly game: GameOnCdn;
  /** Two versions of a game of all shapes, the patch between them, and one of a few files: {@link smallTree}. */
  readonly one: PublishedBuild;
  readonly two: PublishedBuild;
  readonly patch: ObjectReference;
  readonly small: PublishedBuild;
  readonly #shared: string;

  private constructor(
    shared: string,
    game: GameOnCdn,
    builds: Pick<GameToInstall, 'one' | 'two' | 'patch' | 'small'>,
  ) {
    this.#shared = shared;
    this.game = game;
    this.one = builds.one;
    this.two = builds.two;
    this.patch = builds.patch;
    this.small = builds.small;
  }

  static async publish(): Promise<GameToInstall> {
    const shared = await mkdtemp(path.join(tmpdir(), 'gantry-install-'));
    const game = await GameOnCdn.start(shared);
    const first = makeFakeBuild({ seed: 1, packBytes: 400_000, assets: 12 });
    const one = await game.publish(first);
    const two = await game.publish(evolveFakeBuild(first, 2));
    const patch = await game.publishPatch(one, two);
    return new GameToInstall(shared, game, { one, two, patch, small: await game.publish(smallTree) });
  }

  async close(): Promise<void> {
    await this.game.close();
    await removeTree(this.#shared);
  }

  /** An empty folder of a test's own, with a server that is fast and right. */
  async makePlace(): Promise<string> {
    this.game.server.fault = () => undefined;
    this.game.server.delayMs = 0;
    return mkdtemp(path.join(this.#shared, 'place-'));
  }
}

export function doneOf(outcome: InstallOutcome): Extract<InstallOutcome, { kind: 'done' }> {
  if (outcome.kind !== 'done') throw new Error('the job was cancelled');
  return outcome;
}

/** @returns One sentence for each difference between a build and what is installed. */
export function differences(build: PublishedBuild, root: string): Promise<string[]> {
  return compareTrees(build.root, root);
}

export function file(text: string, mode = 0o644): FakeNode {
  return { kind: 'file', bytes: Buffer.from(text), mode };
}

export const smallTree: ReadonlyMap<string, FakeNode> = new Map<string, FakeNode>([
  ['bin/game', file('program 1', 0o755)],
  ['bin/lib.so', file('library '.repeat(2000))],
  ['data/a.txt', file('alpha '.repeat(3000))],
  ['data/b.txt', file('beta '.repeat(3000))],
  ['link', { kind: 'link', target: 'bin/game' }],
  ['empty', { kind: 'directory', mode: 0o755 }],
]);

/** The small tree with other files; undefined for one that is gone. */
export function changed(...changes: [string, FakeNode | undefined][]): Map<string, FakeNode> {
  const build = new Map(smallTree);
  for (const [treePath, node] of changes) {
    if (node === undefined) build.delete(treePath);
    else build.set(treePath, node);
  }
  return build;
}
