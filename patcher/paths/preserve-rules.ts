/**
 * Compile a manifest's preserve patterns: `*` and `?` within a name, `**` across folders; everything else stands
 * for itself. Names that begin with a dot are names like any other: a save game must not be lost for its name.
 * A pattern that matches a folder covers what is in it. Time is bounded by pattern times path, whatever they are.
 * @returns True for paths that belong to the player once they exist.
 */
export function compilePreserveRules(patterns: readonly string[]): (treePath: string) => boolean {
  const rules = patterns.map((pattern) =>
    pattern.split('/').filter((segment) => segment !== '' && segment !== '.'),
  );
  if (rules.length === 0) return () => false;
  return (treePath) => {
    const names = treePath.split('/');
    return rules.some((segments) => segments.length > 0 && coversPath(segments, names));
  };
}

/**
 * Walk the names with the set of segments that could come next; the end reached at any depth covers the rest.
 * A `**` takes any number of names; at the end of a pattern at least one, so that `saves/**` is not `saves` itself.
 */
function coversPath(segments: readonly string[], names: readonly string[]): boolean {
  let open = withEmptyGlobstars(segments, [0]);
  for (const name of names) {
    const next: number[] = [];
    for (const at of open) {
      const segment = segments[at] as string;
      if (segment === '**') next.push(at === segments.length - 1 ? at + 1 : at);
      else if (matchesName(segment, name)) next.push(at + 1);
    }
    if (next.includes(segments.length)) return true;
    open = withEmptyGlobstars(segments, next);
  }
  return false;
}

/** Also the segments after each `**` that stands for no name; never the pattern's end. */
function withEmptyGlobstars(segments: readonly string[], open: readonly number[]): Set<number> {
  const all = new Set(open);
  for (const at of all) if (segments[at] === '**' && at + 1 < segments.length) all.add(at + 1);
  return all;
}

/** The usual two-pointer match: after a mismatch the last `*` takes one character more. */
function matchesName(glob: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let index = 0; index < name.length; ) {
    if (glob[at] === '*') {
      star = at++;
      starAt = index;
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === name[index])) {
      at++;
      index++;
    } else if (star !== -1) {
      at = star + 1;
      index = ++starAt;
    } else {
      return false;
    }
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
}
