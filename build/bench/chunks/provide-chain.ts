import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchProblem } from '../bench-problem.ts';
import { pairs } from '../pairs/catalogue.ts';
import { fetchNpmTree } from '../pairs/npm-source.ts';
import { PairProvider } from '../pairs/provide-pair.ts';
import { packTree } from '../pairs/pack-tree.ts';
import { type ChainDescription, chains } from './chains.ts';

/** The trees of a chain on disk, oldest first. */
export interface Chain {
  readonly id: string;
  readonly about: string;
  readonly versions: readonly string[];
  readonly roots: readonly string[];
}

/** Provides chains, each fetched once and then kept beside the pairs. */
export class ChainProvider {
  private readonly cache: string;
  private readonly pairs: PairProvider;

  constructor(folders: { readonly cache: string; readonly data: string | undefined }) {
    this.cache = folders.cache;
    this.pairs = new PairProvider(folders);
  }

  /** @throws {BenchProblem} when it cannot be had here. */
  async provide({ id, about, source }: ChainDescription): Promise<Chain> {
    if (source.from === 'pair') {
      const pair = await this.pairs.provide(findById('pair', pairs, source.pair));
      const versions = [pair.versions.old, pair.versions.new];
      return { id, about, versions, roots: [pair.oldRoot, pair.newRoot] };
    }
    if (source.from === 'npm') {
      const downloads = join(this.cache, 'npm');
      const roots = await this.makeAll(id, source.versions, async (version, folder) => {
        await fetchNpmTree({ ...source, version }, { folder, downloads });
      });
      return { id, about, versions: source.versions, roots };
    }
    const whole = await this.provide(findById('chain', chains, source.chain));
    const roots = await this.makeAll(id, whole.versions, async (version, folder) => {
      await packTree(whole.roots[whole.versions.indexOf(version)] ?? '', folder);
    });
    return { id, about, versions: whole.versions, roots };
  }

  /** @param make fills an empty folder with the tree of a version. */
  private async makeAll(
    id: string,
    versions: readonly string[],
    make: (version: string, folder: string) => Promise<void>,
  ): Promise<string[]> {
    const roots: string[] = [];
    for (const version of versions) {
      const root = join(this.cache, 'chains', id, version);
      roots.push(root);
      if (existsSync(root)) continue;
      // Made beside its place, so that a run that was stopped leaves no half of a tree behind.
      const making = `${root}.making`;
      await rm(making, { recursive: true, force: true });
      await mkdir(making, { recursive: true });
      await make(version, making);
      await rename(making, root);
    }
    return roots;
  }
}

function findById<Named extends { readonly id: string }>(
  what: string,
  all: readonly Named[],
  id: string,
): Named {
  const found = all.find((one) => one.id === id);
  if (found === undefined) throw new BenchProblem(`There is no ${what} "${id}".`, 'Name one of the list.');
  return found;
}
