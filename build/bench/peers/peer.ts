import type { Measured } from '../measure/measure-command.ts';
import type { Usage } from '../measure/usage.ts';
import type { TreeChanges } from '../trees/list-files.ts';

/** One pair given to one tool: make what players download, then make the new tree from it and the old one. */
export interface Bout {
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly changes: TreeChanges;
  /** An empty folder for patches and whatever else the tool keeps. */
  readonly scratch: string;
  /** Where the new tree is to be made; not there yet. */
  readonly outRoot: string;
  /** Run a command alone and measure it. */
  readonly measure: (command: string, args: readonly string[]) => Promise<Measured>;
}

export interface Outcome {
  /** What a player who has the old tree downloads. */
  readonly downloadBytes: number;
  readonly diff: Usage;
  readonly apply: Usage;
  /** What the tool itself said of its work, kept with the result. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A way of getting a player from one tree to the next. */
export interface Peer {
  /** Names it on the command line and in files. */
  readonly id: string;
  readonly label: string;
  /** `ours` are Gantry's own; `peer`s compete; `baseline`s are there to compare with. */
  readonly kind: 'ours' | 'peer' | 'baseline';
  /** What must be on the PATH. */
  readonly programs: readonly string[];
  /** Make the programs in a folder, for a machine that has none. */
  readonly makePrograms?: (folder: string) => Promise<void>;
  /** Left out by --quick. */
  readonly slow?: true;
  /** Much like another tool here: in the tables, not in the chart. */
  readonly variant?: true;
  readonly readVersion: () => Promise<string>;
  readonly run: (bout: Bout) => Promise<Outcome>;
}
