const ASCII_ONLY = /^\p{ASCII}*$/u;

/**
 * The key under which two paths are one and the same on some file system we install to: normal form and
 * letter case folded, characters that HFS+ ignores left out. Downside: a few names that NTFS would keep
 * apart (`ß` and `ss`) count as equal. Upside: one rule for every platform, without their tables.
 */
export function foldPath(path: string): string {
  if (ASCII_ONLY.test(path)) return path.toUpperCase();
  return path
    .normalize('NFD')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .toUpperCase()
    .normalize('NFC');
}
