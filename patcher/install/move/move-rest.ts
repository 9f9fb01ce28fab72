import type { StateFolder } from '../state/state-folder.ts';

/** How a move came to rest. */
export type MoveRest =
  /** Nothing was begun, or what was begun is undone: the install is where it was. */
  | { readonly kind: 'here' }
  /** Copying was stopped: the install is where it was, and the same move may go on. */
  | { readonly kind: 'copying'; readonly to: string }
  /** The install is in its new place and nowhere else. `left`: files that came to the old place meanwhile. */
  | { readonly kind: 'moved'; readonly to: StateFolder; readonly left: readonly string[] };
