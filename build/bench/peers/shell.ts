/** A word of a shell command, whatever it holds. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Words of one command; options and paths alike. */
export function line(...words: readonly string[]): string {
  return words.map(quote).join(' ');
}
