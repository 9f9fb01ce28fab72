export interface TrustTables {
  /** Every version of the root, oldest first; the last one rules. */
  trustRoots: { version: number; document: Buffer };
  /** One repository an organisation. Its row is locked by whoever changes anything in it. */
  trustRepositories: {
    organisationId: string;
    /** The timestamp that is served, or about to be; null until the first record is announced. */
    timestamp: Buffer | null;
    timestampVersion: number;
    timestampExpiresAt: Date | null;
    snapshotExpiresAt: Date | null;
    /** The keys both were signed with; other keys in a newer root mean that they are signed anew. */
    onlineKeys: string;
    /** False while storage does not have what the row announces. */
    published: boolean;
  };
  /** `targets`, `snapshot` and `game-<id>` in every version. */
  trustDocuments: { organisationId: string; role: string; version: number; document: Buffer };
}
