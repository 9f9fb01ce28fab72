/** Where a pack lies below a grant's base URL; manifests and patches come with their paths. */
export function packPath(sha256: string): string {
  return `packs/${sha256}`;
}
