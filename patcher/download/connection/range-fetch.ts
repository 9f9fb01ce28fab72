/** What of `fetch` downloads take, so that anything else that speaks HTTP can stand in for it. */
export type RangeFetch = (url: string, request: RangeRequest) => Promise<RangeResponse>;

export interface RangeRequest {
  readonly headers: { readonly range: string };
  /** A redirect is an answer like any other. */
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** The head of an answer, and its body to come. */
export interface RangeResponse {
  readonly status: number;
  /** `opaqueredirect` where a redirect is hidden. */
  readonly type: string;
  readonly headers: RangeHeaders;
  readonly body: { getReader(): BodyReader } | null;
}

export interface RangeHeaders {
  /** @param name In small letters. */
  get(name: string): string | null;
}

export interface BodyReader {
  read(): Promise<BodyPart>;
  cancel(): Promise<void>;
  /**
   * Read on into `room` rather than into memory of the reader's own.
   * @returns How many bytes, perhaps fewer than there is room for; 0 behind the last.
   */
  readInto?(room: Uint8Array): Promise<number>;
}

export type BodyPart =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value?: unknown };
