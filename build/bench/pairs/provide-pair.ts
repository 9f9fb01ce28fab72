import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchProblem } from '../bench-problem.ts';
import { type PairDescription, pairs } from './catalogue.ts';
import { DebianArchive } from './debian-archive.ts';
import { fetchFromDebian } from './debian-source.ts';
import { fetchFromNpm } from './npm-source.ts';
import { packTree } from './pack-tree.ts';
import { runTool } from './run-tool.ts';

/** Two trees on disk, ready to be compared. */
export interface Pair {
  readonly description: PairDescription;
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly versions: { readonly old: string; readonly new: string };
  /** Whether these are the very versions that the catalogue names, so that figures from elsewhere compare. */
  readonly asListed: boolean;
}

type PairFacts = Pick<Pair, 'versions' | 'asListed'>;

export interface PairFolders {
  /** Pairs are kept here, one folder each with `old`, `new` and `pair.json`. */
  readonly cache: string;
  /** Archives NAME.tar.zst with folders `old` and `new`, taken before anything is fetched. */
  readonly data: string | undefined;
}

/** Provides pairs, each fetched once and then kept. */
export class PairProvider {
  private readonly folders: PairFolders;
  private archive: Promise<DebianArchive> | undefined;

  constructor(folders: PairFolders) {
    this.folders = folders;
  }

  /** @throws {BenchProblem} when the pair cannot be had here. */
  async provide(description: PairDescription): Promise<Pair> {
    const root = join(this.folders.cache, 'pairs', description.id);
    const facts = join(root, 'pair.json');
    if (!existsSync(facts)) {
      // Made beside its place, so that a run that was stopped leaves no half of a tree behind.
      const making = `${root}.making`;
      await rm(making, { recursive: true, force: true });
      await mkdir(making, { recursive: true });
      const made = await this.make(description, making);
      await writeFile(join(making, 'pair.json'), `${JSON.stringify(made)}\n`);
      await rm(root, { recursive: true, force: true });
      await rename(making, root);
    }
    const kept = JSON.parse(await readFile(facts, 'utf8')) as PairFacts;
    return { description, oldRoot: join(root, 'old'), newRoot: join(root, 'new'), ...kept };
  }

  private async make(description: PairDescription, root: string): Promise<PairFacts> {
    const { id, source } = description;
    const sides = { old: join(root, 'old'), new: join(root, 'new') };
    const given = this.folders.data === undefined ? undefined : join(this.folders.data, `${id}.tar.zst`);
    if (given !== undefined && existsSync(given)) {
      await unpackArchive(given, root);
      return { versions: { old: 'as given', new: 'as given' }, asListed: true };
    }
    if (source.from === 'npm') {
      const versions = await fetchFromNpm(source, { ...sides, downloads: join(this.folders.cache, 'npm') });
      return { versions, asListed: true };
    }
    if (source.from === 'packed') return await this.pack(source.pair, sides);
    this.archive ??= DebianArchive.open(join(this.folders.cache, 'apt'));
    return await fetchFromDebian(source, sides, await this.archive);
  }

  /** Both trees of another pair as one file each. */
  private async pack(id: string, sides: { readonly old: string; readonly new: string }): Promise<PairFacts> {
    const description = pairs.find((pair) => pair.id === id);
    if (description === undefined)
      throw new BenchProblem(`There is no pair "${id}".`, 'Name one of the list.');
    const { oldRoot, newRoot, versions, asListed } = await this.provide(description);
    for (const [from, to] of [
      [oldRoot, sides.old],
      [newRoot, sides.new],
    ] as const) {
      await packTree(from, to);
    }
    return { versions, asListed };
  }
}

async function unpackArchive(archive: string, root: string): Promise<void> {
  const command = ['-x', '-I', 'zstd -d --long=31', '-f', archive, '-C', root];
  await runTool('tar', command, { next: 'Install GNU tar and zstd.' });
}
