export interface CostsTables {
  /** One request at the edge, as its access log told it. */
  usageRequests: {
    /** The CDN's id of the request: reading a log twice stores it once. */
    requestId: string;
    time: Date;
    region: string;
    grantId: string | null;
    objectKind: 'pack' | 'patch' | 'manifest' | null;
    gameId: string | null;
    depot: string | null;
    status: number;
    bytes: number;
    isHttps: boolean;
    isCacheHit: boolean;
  };
  /** How far each folder of logs was read. */
  usageCursors: { folder: string; cursor: unknown };
}
