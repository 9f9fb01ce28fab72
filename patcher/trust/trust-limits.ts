import type { RoleKind } from './trust-document.ts';

/** Most bytes of a document, by its role; reading stops there. A role with a stated length has that as its cap as well. */
export const DOCUMENT_BYTES_MAX = {
  root: 64 * 1024,
  timestamp: 16 * 1024,
  snapshot: 128 * 1024,
  targets: 512 * 1024,
} as const satisfies Record<RoleKind, number>;

/** Entries of one document. The framework's parser works in the square of them: 500 are 50 ms, 5,000 would be 8 s. */
export const ENTRIES_MAX = 500;

/** A launcher that slept for years catches up over several refreshes; a server with endless roots is left after this many. */
export const ROOT_STEPS_MAX = 64;

/** A publisher who signed once a second would need 68 years for it: nobody honest gets this far in one step. */
export const VERSION_STEP_MAX = 2 ** 31;

/** One document that does not arrive within this time counts as unreachable, however slowly bytes still drip. */
export const FETCH_TIMEOUT_MS = 30_000;
