/** Which of a sample game's two builds. */
export type SampleVersion = 1 | 2;

/** The depots sample games have; each plays everywhere through `web`. */
export type SampleDepotName = 'web' | 'linux';

/** One way to start a build. */
export type SampleLaunchTarget = {
  /** Stable id, unique in the depot. */
  readonly targetId: string;
  /** What the button's menu says. */
  readonly title: string;
  /** `web` opens `path` in a game window; `native` runs it. */
  readonly kind: 'web' | 'native';
  /** Path in the build, forward slashes. */
  readonly path: string;
  readonly arguments: readonly string[];
};

/** One platform's tree of a sample game. */
export type SampleDepot = {
  readonly depot: SampleDepotName;
  readonly launchTargets: readonly SampleLaunchTarget[];
  /** Globs of files an update or repair leaves as the player made them. */
  readonly preserve: readonly string[];
};

/** A task rewarded after `playSeconds` of attested play. */
export type SampleQuest = {
  readonly questId: string;
  readonly title: string;
  readonly description: string;
  readonly playSeconds: number;
  readonly rewardPoints: number;
};

/** Pictures as complete SVG documents: no script, no outside references, at most 150 kB each. */
export type SampleArt = {
  /** 3:4, carries the title. */
  readonly cover: string;
  /** 21:9, no text, fades to `#0B0E14` at the bottom. */
  readonly hero: string;
  /** Square. */
  readonly icon: string;
  /** 16:9, at least two. */
  readonly screenshots: readonly string[];
};

/** Everything a store page and a publisher need to know about a sample game. */
export type SampleGame = {
  readonly gameId: string;
  readonly title: string;
  readonly tagline: string;
  readonly description: string;
  readonly genre: string;
  readonly tags: readonly string[];
  readonly studio: string;
  /** CSS hex colour that goes with the art. */
  readonly accentColour: string;
  /** The depot every sample game has. */
  readonly depot: 'web';
  readonly depots: readonly SampleDepot[];
  /** Build 1, then build 2. */
  readonly versions: readonly [SampleVersionNotes, SampleVersionNotes];
  readonly quests: readonly SampleQuest[];
  readonly art: SampleArt;
};

/** A version's label and what it changed, one line each. */
export type SampleVersionNotes = { readonly label: string; readonly changelog: readonly string[] };

/** What stands in the folder after generating. */
export type SampleBuild = {
  readonly gameId: string;
  readonly depot: SampleDepotName;
  readonly version: SampleVersion;
  readonly label: string;
  readonly outDir: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
  readonly launchTargets: readonly SampleLaunchTarget[];
  readonly preserve: readonly string[];
};
