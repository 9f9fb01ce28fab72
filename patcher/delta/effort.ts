/** How hard a patch is worked at: `fast` for previews, `default` for every push, `max` for the pairs that matter most. */
export type Effort = 'fast' | 'default' | 'max';
