/** One program or game in several versions, oldest first. */
export interface ChainDescription {
  readonly id: string;
  /** What it stands for, in a few words. */
  readonly about: string;
  readonly source: ChainSource;
}

export type ChainSource =
  | {
      readonly from: 'npm';
      readonly package: string;
      /** The only file of the tree; the whole package without it. */
      readonly file?: string;
      readonly versions: readonly string[];
    }
  /** Old and new tree of a pair of the bench. */
  | { readonly from: 'pair'; readonly pair: string }
  /** The trees of another chain, each as one sorted tar: a game in a single pack file. */
  | { readonly from: 'packed'; readonly chain: string };

/** Small enough to be looked at in many ways; the versions of npm packages follow each other as they were released. */
export const chains: readonly ChainDescription[] = [
  {
    id: 'esbuild',
    about: 'Go executable, six releases',
    source: {
      from: 'npm',
      package: '@esbuild/linux-x64',
      file: 'bin/esbuild',
      versions: ['0.27.5', '0.27.6', '0.27.7', '0.28.0', '0.28.1', '0.28.2'],
    },
  },
  {
    id: 'three',
    about: 'web game engine with its examples, thousands of small files, five releases',
    source: {
      from: 'npm',
      package: 'three',
      versions: ['0.183.2', '0.184.0', '0.185.1', '0.186.1', '0.187.0'],
    },
  },
  {
    id: 'three-pak',
    about: 'the same as one big pack file',
    source: { from: 'packed', chain: 'three' },
  },
  { id: 'freedoom', about: 'game, two raw WAD packs', source: { from: 'pair', pair: 'freedoom' } },
  { id: 'openttd', about: 'game: program, data, graphics', source: { from: 'pair', pair: 'openttd' } },
  {
    id: 'pak',
    about: 'game of 18,000 files in one big pack file (wesnoth)',
    source: { from: 'pair', pair: 'pak' },
  },
];
