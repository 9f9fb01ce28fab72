import type { Measured } from '../measure/measure-command.ts';
import type { Usage } from '../measure/usage.ts';
import type { TreeChanges } from '../trees/list-files.ts';

/** One pair given to one tool, to make what players download. */
export interface Bout {
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly changes: TreeChanges;
  /** An empty folder for patches and whatever else the tool keeps. */
  readonly scratch: string;
  /** Run a command alone and measure it. */
  readonly measure: (command: string, args: readonly string[]) => Promise<Measured>;
}

/** What a command took, and what the tool itself said of its work, which is kept with the result. */
export interface Taken {
  readonly usage: Usage;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Made extends Taken {
  /**
   * Make the new tree from the old one and what was made.
   * @param outRoot Not there yet.
   */
  readonly apply: (outRoot: string) => Promise<Applied>;
  /** Called when nothing more is asked of it. */
  readonly end?: () => Promise<void>;
}

export interface Applied extends Taken {
  /** What a player who has the old tree downloads. */
  readonly downloadBytes: number;
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
  /** True when what it makes can be applied only once. */
  readonly once?: true;
  /** Left out by --quick. */
  readonly slow?: true;
  /** Much like another tool here: in the tables, not in the chart. */
  readonly variant?: true;
  readonly readVersion: () => Promise<string>;
  readonly make: (bout: Bout) => Promise<Made>;
}
