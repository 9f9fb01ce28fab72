import type { Usage } from '../measure/usage.ts';

/** One tool on one pair, applied and compared byte for byte. */
export interface Result {
  readonly pair: string;
  readonly peer: string;
  /** Of the tool. */
  readonly version: string;
  /** Of the pair: which programs were compared. */
  readonly versions: { readonly old: string; readonly new: string };
  readonly newBytes: number;
  readonly downloadBytes: number;
  readonly diff: Usage;
  readonly apply: Usage;
  readonly measuredAt: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A figure from elsewhere, shown where the tool is not on this machine. */
export interface ReferenceFigure {
  readonly downloadBytes: number;
  readonly diff?: Omit<Usage, 'wallSeconds'>;
  readonly apply?: Omit<Usage, 'wallSeconds'>;
}

/** What the tables have in a cell's place. */
export type Figure = ReferenceFigure & { readonly reference: boolean };

export interface PairFacts {
  readonly id: string;
  readonly about: string;
  readonly class: 'executable' | 'game';
  readonly versions: { readonly old: string; readonly new: string };
  readonly oldBytes: number;
  readonly newBytes: number;
  readonly newFiles: number;
}

export interface ToolFacts {
  readonly id: string;
  readonly label: string;
  readonly kind: 'ours' | 'peer' | 'baseline';
  readonly variant?: true;
  readonly version: string;
}

/** CPU seconds of a process that has nothing to do. */
export interface Start {
  /** `gantry apply` of a patch that changes nothing. */
  readonly applySeconds: number;
  readonly nodeSeconds: number;
}

/** Everything a report is written from. */
export interface BenchRun {
  /** Measured where an effort of Gantry's is. */
  readonly start?: Start;
  readonly pairs: readonly PairFacts[];
  readonly tools: readonly ToolFacts[];
  readonly figures: ReadonlyMap<string, Figure>;
  /** Tools and pairs that were left out, one plain sentence each. */
  readonly remarks: readonly string[];
  /** How many figures were kept from an earlier run of the same versions. */
  readonly reusedResults: number;
  readonly machine: string;
  readonly finishedAt: string;
}

export function figureKey(pair: string, tool: string): string {
  return `${pair} ${tool}`;
}
